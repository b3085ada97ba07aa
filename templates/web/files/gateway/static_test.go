package gateway

import (
	"embed"
	"net/http/httptest"
	"testing"
)

//go:embed static.go testdata
var embedded embed.FS

func TestStatic(t *testing.T) {
	files := Static(embedded)
	first := httptest.NewRecorder()
	files.ServeHTTP(first, request("GET", "/static.go"))
	want, err := embedded.ReadFile("static.go")
	if err != nil {
		t.Fatal(err)
	}
	if first.Code != 200 || first.Body.String() != string(want) {
		t.Errorf("%d, %d bytes", first.Code, first.Body.Len())
	}
	etag := first.Header().Get("ETag")
	for _, tt := range []struct {
		method, target, field, value string
		status, length               int
	}{
		{"HEAD", "/static.go", "", "", 200, 0},
		{"GET", "/static.go", "If-None-Match", etag, 304, 0},
		{"GET", "/static.go", "If-None-Match", "W/" + etag, 304, 0},
		{"HEAD", "/static.go", "If-None-Match", etag, 304, 0},
		{"GET", "/static.go", "If-None-Match", `"other"`, 200, len(want)},
		{"GET", "/static.go", "Range", "bytes=0-6", 206, 7},
		{"GET", "/testdata/fuzz/FuzzSCGIConn/288f562da206ecf9", "If-None-Match", etag, 200, -1},
		{"GET", "/", "", "", 404, -1},
		{"GET", "/testdata", "", "", 404, -1},
		{"GET", "/testdata/", "", "", 404, -1},
		{"GET", "/testdata/../static.go", "", "", 404, -1},
		{"GET", "/static.go/", "", "", 404, -1},
		{"GET", "//static.go", "", "", 404, -1},
		{"GET", "/missing", "", "", 404, -1},
	} {
		r, w := request(tt.method, tt.target), httptest.NewRecorder()
		r.Header.Set(tt.field, tt.value)
		files.ServeHTTP(w, r)
		if w.Code != tt.status || tt.length >= 0 && w.Body.Len() != tt.length {
			t.Errorf("%s %s, %s: %s: got %d, %d bytes, want %d, %d", tt.method, tt.target, tt.field, tt.value, w.Code, w.Body.Len(), tt.status, tt.length)
		}
		if w.Code == 404 && w.Header().Get("ETag") != "" {
			t.Errorf("%s: an ETag for what is not there", tt.target)
		}
	}
}
