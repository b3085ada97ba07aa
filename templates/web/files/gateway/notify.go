package gateway

import (
	"log/slog"
	"net"
	"os"
)

// notify tells the service manager, if there is one (sd_notify(3)): the path
// in NOTIFY_SOCKET, or the abstract name where it begins with @. A manager
// that cannot be told is no reason to stop.
func notify(log *slog.Logger, state string) {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err == nil {
		_, err = c.Write([]byte(state))
		_ = c.Close()
	}
	if err != nil {
		log.Warn("notify service manager", "state", state, "err", err)
	}
}
