package gateway

import "net/http"

// A finalWriter keeps answers that are not final to itself, as the other
// transports do: nginx before 1.29 takes early hints for the answer.
type finalWriter struct{ tapped }

func final(w http.ResponseWriter) http.ResponseWriter {
	return &finalWriter{tapped{ResponseWriter: w}}
}

func (w *finalWriter) WriteHeader(status int) {
	if status < 100 || status >= 200 || status == http.StatusSwitchingProtocols {
		w.tapped.WriteHeader(status)
	}
}
