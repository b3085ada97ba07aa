package gateway

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// Static serves embedded files, each by its path among them: /static/a.css is
// static/a.css. They have no date, so a hash is their ETag, and who has that gets
// 304. What is not there is 404, and so is a folder.
func Static(files embed.FS) http.Handler {
	var etags sync.Map // by name, once it was asked for: a CGI program hashes no others
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		f, _ := files.Open(name)
		content, ok := f.(io.ReadSeeker) // as every embedded file is, and no folder
		if !ok {
			http.NotFound(w, r)
			return
		}
		etag, ok := etags.Load(name)
		if !ok {
			data, _ := files.ReadFile(name)
			etag, _ = etags.LoadOrStore(name, fmt.Sprintf(`"%x"`, sha256.Sum256(data)))
		}
		w.Header().Set("ETag", etag.(string))
		http.ServeContent(w, r, path.Base(name), time.Time{}, content)
	})
}
