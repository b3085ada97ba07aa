package gateway

import "net/http"

// A Middleware wraps a handler in another.
type Middleware = func(http.Handler) http.Handler

// Chain wraps h; the first middleware is the first to see a request:
//
//	Chain(app, Recover, RequestID, AccessLog, SecurityHeaders)
func Chain(h http.Handler, outermostFirst ...Middleware) http.Handler {
	for i := len(outermostFirst) - 1; i >= 0; i-- {
		h = outermostFirst[i](h)
	}
	return h
}
