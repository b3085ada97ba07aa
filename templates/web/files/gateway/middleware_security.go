package gateway

import (
	"io"
	"net/http"
)

// SecurityHeaders sets what every answer ought to have; h may change or
// delete each. Content-Type, when missing, is told from the body's first
// bytes, unless they are encoded, so that nosniff leaves no browser without.
func SecurityHeaders(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		header.Set("X-Frame-Options", "SAMEORIGIN")
		t := &typed{tapped: tapped{ResponseWriter: w}}
		h.ServeHTTP(t, r)
		if t.held != 0 {
			t.release("")
		}
	})
}

// typed holds a status without a Content-Type back until the body's first
// bytes tell one.
type typed struct {
	tapped
	held int
}

func (w *typed) WriteHeader(status int) {
	if status < 200 || w.status != 0 || w.known() {
		w.tapped.WriteHeader(status)
	} else if w.held == 0 {
		w.held = status
	}
}

// known reports whether the body's first bytes need not be looked at.
func (w *typed) known() bool {
	h := w.Header()
	_, ok := h["Content-Type"]
	return ok || h.Get("Content-Encoding") != ""
}

// release sends the header, with contentType if it has none.
func (w *typed) release(contentType string) {
	if contentType != "" && !w.known() && w.held != http.StatusNoContent && w.held != http.StatusNotModified {
		w.Header().Set("Content-Type", contentType)
	}
	if w.held != 0 {
		w.tapped.WriteHeader(w.held)
	}
	w.start()
}

func (w *typed) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.release(http.DetectContentType(p))
	}
	return w.tapped.Write(p)
}

// sniffed is how many bytes http.DetectContentType looks at.
const sniffed = 512

func (w *typed) ReadFrom(src io.Reader) (int64, error) {
	var n int64
	if w.status == 0 && !w.known() {
		var err error
		n, err = io.CopyN(struct{ io.Writer }{w}, src, sniffed)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
	if w.held != 0 && w.status == 0 {
		w.release("")
	}
	m, err := w.tapped.ReadFrom(src)
	return n + m, err
}

func (w *typed) Flush() { _ = w.FlushError() }

func (w *typed) FlushError() error {
	if w.status == 0 {
		w.release("text/plain; charset=utf-8") // no byte to tell it by
	}
	return w.tapped.FlushError()
}
