package gateway

import (
	"context"
	"crypto/rand"
	"net/http"
	"regexp"
)

const idHeader = "X-Request-Id"

type idKey struct{}

// RequestID gives each request a name: the incoming X-Request-ID if it is 1
// to 64 letters, digits, and . _ -, else a random one. The answer has it in
// the same header, and ID returns it.
func RequestID(h http.Handler) http.Handler {
	sane := regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(idHeader)
		if !sane.MatchString(id) {
			id = rand.Text()
		}
		w.Header().Set(idHeader, id)
		serveOwn(h, w, r.WithContext(context.WithValue(r.Context(), idKey{}, id)))
	})
}

// ID returns the request's id, or "" outside of RequestID.
func ID(ctx context.Context) string {
	id, _ := ctx.Value(idKey{}).(string)
	return id
}
