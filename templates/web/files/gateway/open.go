package gateway

import (
	"context"
	"fmt"
	"net/http"
)

// Open makes the app before it is served. newHandler may fail, as where a database
// cannot be reached. It may also be that of an app.go which web 1.0 or 1.1 wrote
// and its owner edited: that has no arguments and no error.
//
// The context that newHandler gets ends with ctx only while newHandler runs. What
// is opened with it, such as a database, would else go as soon as the program is
// told to stop, and requests are still in flight then; close it in the app's Close.
func Open[F func() http.Handler | func(context.Context, Settings) (http.Handler, error)](ctx context.Context, newHandler F, settings Settings) (http.Handler, error) {
	if old, ok := any(newHandler).(func() http.Handler); ok {
		return old(), nil
	}
	open, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	h, err := any(newHandler).(func(context.Context, Settings) (http.Handler, error))(open, settings)
	if err != nil {
		return nil, fmt.Errorf("open the app: %w", err)
	}
	return h, nil
}
