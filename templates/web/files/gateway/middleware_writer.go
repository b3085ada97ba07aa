package gateway

import (
	"io"
	"net/http"
)

// tapped is a ResponseWriter that sees the status and counts the body. Flush
// and ReadFrom reach the one below, as does http.ResponseController.
type tapped struct {
	http.ResponseWriter
	before func(h http.Header, status int) // called once, before the header goes out; may be nil
	status int                             // 0 until then
	bytes  int64
}

func (w *tapped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *tapped) WriteHeader(status int) {
	if w.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.status = status
		if w.before != nil {
			w.before(w.Header(), status)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *tapped) Write(p []byte) (int, error) {
	w.start()
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// ReadFrom lets io.Copy use sendfile where the transport can.
func (w *tapped) ReadFrom(src io.Reader) (int64, error) {
	w.start()
	n, err := io.Copy(w.ResponseWriter, src)
	w.bytes += n
	return n, err
}

func (w *tapped) Flush() { _ = w.FlushError() }

func (w *tapped) FlushError() error {
	w.start()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// start sends the header if the handler did not.
func (w *tapped) start() {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
}
