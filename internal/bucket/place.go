package bucket

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"gocloud.dev/blob"
)

// parameters are what the URL of each kind of bucket may say besides the bucket's name.
var parameters = map[string][]string{
	"s3": {"region", "endpoint", "use_path_style", "disable_https", "prefix", "profile", "anonymous", "accelerate", "dualstack", "fips", "hostname_immutable", "ssetype", "kmskeyid",
		"rate_limiter_capacity", "request_checksum_calculation", "response_checksum_validation", "role", "role_session_name", "role_external_id", "role_duration", "web_identity_token_file"},
	"gs":     {"prefix", "anonymous", "access_id", "private_key_path", "universe_domain", "grpc", "zonal"},
	"azblob": {"prefix", "storage_account", "protocol", "domain", "cdn", "localemu"},
}

// errForm says what names a bucket. It does not show what was given, which may contain a password.
var errForm = errors.New("a bucket is named by the path of a folder, or by s3://NAME, gs://NAME or azblob://NAME; this is none of these")

// placeOf reads what names a bucket: the path of a folder, or a URL; one of the two is empty. It refuses each
// part of a URL that would have no effect. Its errors show no user name and no password.
func placeOf(place string) (folder string, u *url.URL, err error) {
	scheme, _, colon := strings.Cut(place, ":")
	switch {
	case place == "" || place != strings.TrimSpace(place):
		return "", nil, errForm
	case !colon || filepath.IsAbs(place) || len(scheme) == 1 || strings.ContainsAny(scheme, `/\`): // C:\ is a folder, too
		return place, nil, nil
	}
	if u, err = url.Parse(place); err != nil || u.Opaque != "" {
		return "", nil, errForm
	}
	bad := func(format string, args ...any) (string, *url.URL, error) {
		return "", nil, fmt.Errorf("bucket %s://%s: "+format, append([]any{u.Scheme, u.Hostname()}, args...)...)
	}
	switch known := parameters[u.Scheme]; {
	case u.Scheme != "file" && known == nil:
		return "", nil, errForm
	case u.User != nil:
		return bad("a user name or password in the URL has no effect; credentials come from the usual places of the cloud provider, such as its environment variables")
	case strings.Contains(place, "#"):
		return bad("a # in the URL has no effect; write %%23 for it in a value")
	case u.Scheme == "file":
		if u.Host != "" || u.Path == "" || strings.Contains(place, "?") {
			return "", nil, errors.New("a folder is named by its path or by file:///PATH, without a host and without parameters")
		}
		return filepath.FromSlash(u.Path), nil, nil
	case u.Host == "":
		return bad("the name of the bucket is missing")
	case u.Hostname() == "" || u.Hostname() != u.Host:
		return bad("a bucket is named without a port; the address of another service is its parameter endpoint")
	case u.Path != "" && u.Path != "/":
		return bad("a path in the URL has no effect; objects get a common beginning of their names from the parameter prefix")
	default:
		if err := checkParameters(u.RawQuery, known); err != nil {
			return bad("%w", err)
		}
	}
	if !slices.Contains(blob.DefaultURLMux().BucketSchemes(), u.Scheme) {
		return bad("this program is built without buckets of this kind")
	}
	return "", u, nil
}

func checkParameters(raw string, known []string) error {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return errors.New("the parameters behind the ? cannot be read: they are NAME=VALUE, separated by &")
	}
	for name, values := range query {
		switch {
		case !slices.Contains(known, name):
			return fmt.Errorf("%s; there are %s", unknown(name), strings.Join(known, ", "))
		case len(values) > 1:
			return fmt.Errorf("the parameter %s must be given once", name)
		case values[0] == "":
			return fmt.Errorf("the parameter %s is empty", name)
		}
	}
	if role := query.Get("role"); role != "" && !strings.HasPrefix(role, "arn:") {
		return errors.New(`the parameter role must be an ARN, which begins with "arn:"`)
	}
	if endpoint := query.Get("endpoint"); endpoint != "" {
		e, err := url.Parse(endpoint)
		if err != nil || e.Scheme != "https" && e.Scheme != "http" || e.Host == "" || e.User != nil || e.RawQuery != "" || strings.Contains(endpoint, "#") {
			return errors.New("the parameter endpoint must be https://HOST or https://HOST:PORT, without a user, parameters or #")
		}
	}
	return nil
}

// unknown names a parameter, unless it looks like a value that was written in its place.
func unknown(name string) string {
	if len(name) > 32 || strings.ContainsFunc(name, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
		return "a parameter is unknown"
	}
	return "the parameter " + name + " is unknown"
}
