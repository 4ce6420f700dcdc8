package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"
)

// jsonFormat reads and writes the JSON bodies that huma reads itself.
func jsonFormat() huma.Format {
	f := huma.DefaultJSONFormat
	f.Marshal = func(w io.Writer, v any) error {
		answer, ok := v.(interface{ json() ([]byte, error) })
		if !ok {
			return huma.DefaultJSONFormat.Marshal(w, v)
		}
		b, err := answer.json() // which an encoder would read once more
		if err == nil {
			_, err = w.Write(append(b, '\n'))
		}
		return err
	}
	f.Unmarshal = func(data []byte, v any) error {
		if fault := bodyFault(data); fault != nil {
			return errors.New(fault.Msg) // fieldFromHuma gives it its place
		}
		return json.Unmarshal(wholeNumbers(data), v)
	}
	return f
}

var otherwiseWritten = regexp.MustCompile(`[0-9][.eE]`)

// wholeNumbers writes 3600.0 and 36e2 as 3600. These are integers in JSON and its schemas,
// but not for encoding/json. It returns data that is not JSON unchanged.
func wholeNumbers(data []byte) []byte {
	if !otherwiseWritten.Match(data) {
		return data
	}
	var out bytes.Buffer
	d := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true))
	e := jsontext.NewEncoder(&out, jsontext.AllowDuplicateNames(true))
	for {
		token, err := d.ReadToken()
		if errors.Is(err, io.EOF) {
			return out.Bytes()
		}
		if err != nil {
			return data
		}
		if token.Kind() == '0' {
			const exact = 1 << 53
			if v := token.Float(); v == math.Trunc(v) && math.Abs(v) < exact {
				token = jsontext.Int(int64(v))
			}
		}
		if err := e.WriteToken(token); err != nil {
			return data
		}
	}
}

// bodyFault finds what encoding/json would pass over: text that is not Unicode, and a name that appears twice in one
// object, of which readers of JSON take different values, unless the options allow it. It is nil for data that is not JSON at all.
func bodyFault(data []byte, options ...jsontext.Options) *FieldError {
	d := jsontext.NewDecoder(bytes.NewReader(data), options...)
	var err error
	for err == nil {
		_, err = d.ReadToken()
	}
	var at *jsontext.SyntacticError
	switch {
	case errors.Is(err, io.EOF) || !errors.As(err, &at):
		return nil
	case errors.Is(err, jsontext.ErrDuplicateName):
		return &FieldError{Loc: placeIn(at.JSONPointer), Msg: "appears twice", Type: "duplicate"}
	case !json.Valid(data):
		return nil
	case !utf8.Valid(data):
		return &FieldError{Loc: placeIn(at.JSONPointer), Msg: "This text is not UTF-8. JSON must be in UTF-8.", Type: "string_unicode"}
	}
	return &FieldError{Loc: placeIn(at.JSONPointer), Msg: `This text holds half a character: a \u escape of a surrogate without its other half.`, Type: "string_unicode"}
}

// placeIn is a place in a JSON body as one in the request.
func placeIn(pointer jsontext.Pointer) []any {
	loc := []any{"body"}
	for name := range pointer.Tokens() {
		if i, err := strconv.Atoi(name); err == nil {
			loc = append(loc, i)
		} else {
			loc = append(loc, name)
		}
	}
	return loc
}

// checkText refuses text in the JSON of a trace that is not Unicode: bytes that are not UTF-8, and half of a surrogate
// pair. encoding/json reads each of them as U+FFFD, so that two names could become the same. Repeated names are left to
// the reader of traces.
func checkText(data []byte) error {
	if utf8.Valid(data) && !bytes.Contains(data, []byte(`\u`)) {
		return nil
	}
	if fault := bodyFault(data, jsontext.AllowDuplicateNames(true)); fault != nil {
		return unprocessable(fault.Msg, *fault)
	}
	return nil
}
