package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"blush.example/blush/internal/words"
	"blush.example/blush/web/components"

	"github.com/andybalholm/brotli"
	"github.com/go-chi/chi/v5"
)

// asset is one file that the pages name.
type asset struct {
	kind   string
	etag   string
	body   func() ([]byte, error) // uncompressed; a compressed file is unpacked once, when it is first needed
	packed []byte                 // in coding, nil if compression would save little
	coding string                 // br or gzip
}

// Assets that other origins and package managers load too, always at /assets/NAME.
const (
	componentsScript  = "components.js"
	componentsPackage = "components.tgz"
)

// bundle is what [Pages] serve under /assets/.
type bundle struct {
	asset map[string]asset
	hash  string // of all assets: files under /assets/HASH/ never change
}

// loaded is the bundle of this program. It is compressed once, whatever the number of servers in a process.
var loaded = sync.OnceValues(load)

// load reads every asset. A file NAME.br is the asset NAME, compressed at
// build time. Modules name each other by relative URLs, so that a page that
// starts under /assets/HASH/ stays there: all of its code has one version and
// may be cached forever, while /assets/NAME is requested again each time.
func load() (bundle, error) {
	all := map[string]asset{}
	for _, folder := range []string{"assets", "scripts"} {
		err := fs.WalkDir(files, folder, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := files.ReadFile(name)
			all[strings.TrimSuffix(strings.TrimPrefix(name, folder+"/"), ".br")] = newAsset(name, b)
			return err
		})
		if err != nil {
			return bundle{}, err
		}
	}
	for _, language := range words.Languages {
		for name, texts := range map[string]map[string]string{"lang/": words.Pages(language), "person/lang/": words.Person(language)} {
			b, err := json.Marshal(texts)
			if err != nil {
				return bundle{}, err
			}
			name += language + ".json"
			all[name] = newAsset(name, b)
		}
	}
	all[componentsScript] = newAsset(componentsScript, components.Script)
	pack, err := components.Package()
	if err != nil {
		return bundle{}, err
	}
	all[componentsPackage] = newAsset(componentsPackage, pack)
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprint(sum, name, all[name].etag)
	}
	return bundle{asset: all, hash: hex.EncodeToString(sum.Sum(nil)[:8])}, nil
}

func newAsset(name string, body []byte) asset {
	sum := sha256.Sum256(body)
	a := asset{etag: `"` + hex.EncodeToString(sum[:12]) + `"`, body: func() ([]byte, error) { return body, nil }}
	name, packed := strings.CutSuffix(name, ".br")
	switch ext := path.Ext(name); ext { // not from the machine's own table of types
	case ".js":
		a.kind = "text/javascript; charset=utf-8"
	case ".html":
		a.kind = "text/html; charset=utf-8"
	case ".css":
		a.kind = "text/css; charset=utf-8"
	case ".json":
		a.kind = "application/json"
	case ".svg":
		a.kind = "image/svg+xml"
	case ".tgz":
		a.kind = "application/gzip"
	case ".wasm":
		a.kind = "application/wasm"
	default:
		a.kind = mime.TypeByExtension(ext)
	}
	if packed {
		a.packed, a.coding = body, "br"
		a.body = sync.OnceValues(func() ([]byte, error) { return io.ReadAll(brotli.NewReader(bytes.NewReader(body))) })
		return a
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(body); err == nil && z.Close() == nil && b.Len() < len(body)*9/10 {
		a.packed, a.coding = b.Bytes(), "gzip"
	}
	return a
}

func (p *Pages) assets(w http.ResponseWriter, r *http.Request) {
	name, keep := chi.URLParam(r, "*"), "no-cache"
	if rest, ok := strings.CutPrefix(name, p.hash+"/"); ok {
		name, keep = rest, "public, max-age=31536000, immutable"
	}
	a, ok := p.asset[name]
	if !ok {
		p.NotFound(w, r)
		return
	}
	headers(w, "'none'")
	if name == componentsScript || name == componentsPackage {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	a.serve(w, r, keep)
}

// serve sends the asset, compressed if the client accepts that.
func (a asset) serve(w http.ResponseWriter, r *http.Request, keep string) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", keep)
	h.Set("Vary", "Accept-Encoding")
	body := a.packed
	if a.packed != nil && accepts(r, a.coding) {
		h.Set("Content-Encoding", a.coding)
		h.Set("ETag", strings.TrimSuffix(a.etag, `"`)+"-"+a.coding+`"`)
	} else {
		var err error
		if body, err = a.body(); err != nil {
			http.Error(w, "This file cannot be read.", http.StatusInternalServerError)
			return
		}
		h.Set("ETag", a.etag)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// accepts reports whether Accept-Encoding names a coding with a weight above zero.
func accepts(r *http.Request, wanted string) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(part, ";")
		weight = strings.ReplaceAll(weight, " ", "")
		if strings.EqualFold(strings.TrimSpace(coding), wanted) {
			return weight == "" || strings.Trim(strings.TrimPrefix(weight, "q="), "0.") != ""
		}
	}
	return false
}
