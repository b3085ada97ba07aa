package gateway

import (
	"bufio"
	"net"
	"net/http"
)

// A finalWriter keeps answers that are not final to itself, as the other
// transports do: nginx before 1.29 takes early hints for the answer.
type finalWriter struct {
	tapped
	hijacked bool
}

func final(w http.ResponseWriter) *finalWriter {
	return &finalWriter{tapped: tapped{ResponseWriter: w}}
}

// Hijack notes that the connection is the handler's.
func (w *finalWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.hijacked = true
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

func (w *finalWriter) WriteHeader(status int) {
	if status < 100 || status >= 200 || status == http.StatusSwitchingProtocols {
		w.tapped.WriteHeader(status)
	}
}
