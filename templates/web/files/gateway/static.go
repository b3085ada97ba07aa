package gateway

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

// Static serves embedded files, each by its path among them: /static/a.css is
// static/a.css. They have no date, so a hash is their ETag, and who has that gets
// 304. What is not there is 404, and so is a folder.
func Static(files embed.FS) http.Handler {
	etags := map[string]string{}
	_ = fs.WalkDir(files, ".", func(name string, _ fs.DirEntry, _ error) error {
		if data, err := files.ReadFile(name); err == nil { // it is no folder
			etags[name] = fmt.Sprintf(`"%x"`, sha256.Sum256(data))
		}
		return nil
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		f, err := files.Open(name)
		if err != nil || etags[name] == "" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("ETag", etags[name])
		http.ServeContent(w, r, path.Base(name), time.Time{}, f.(io.ReadSeeker)) // as every embedded file is
	})
}
