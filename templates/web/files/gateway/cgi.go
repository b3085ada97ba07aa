package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// CGI serves the one request that the web server started this process for
// (RFC 3875). Nothing of the app runs after the answer.
func CGI() Transport {
	return Transport{name: "cgi", check: checkCGI, serve: serveCGI}
}

func checkCGI(_ *server, a address) error {
	if a.network == "" {
		return nil
	}
	return errors.New("cgi has no listener; say another -transport or no -listen")
}

// cgiStdout is where the answer goes. It and cgiEnviron are the package's only
// state, and have to be: one fmt.Println by the app, be it in an init function,
// would break the answer, so os.Stdout is os.Stderr from the start. (A package
// that does not import this one can still be initialised before.)
var cgiStdout = claimStdout()

// cgiEnviron is the request. What the program adds to its environment is not.
var cgiEnviron = os.Environ()

func claimStdout() *os.File {
	stdout := os.Stdout
	if os.Getenv("GATEWAY_INTERFACE") != "" && os.Getenv("REQUEST_METHOD") != "" {
		os.Stdout = os.Stderr
	}
	return stdout
}

func serveCGI(_ context.Context, _ *listener, s *server) error {
	// A client's Proxy header, which child processes would take for a setting.
	if err := os.Unsetenv("HTTP_PROXY"); err != nil {
		return err
	}
	return answerCGI(s, cgiEnviron, os.Stdin, cgiStdout)
}

func answerCGI(s *server, environ []string, stdin io.Reader, stdout io.Writer) error {
	ctx, cancel := context.WithCancel(s.base)
	defer cancel()
	vars := newVariables(len(environ) * usualVar)
	for _, pair := range environ {
		if name, value, _ := strings.Cut(pair, "="); ofRequest(name) {
			vars.add(name, value)
		}
	}
	x := &cgiRequest{stdout: stdout}
	x.start(x)
	if err := x.parse(ctx, vars); err != nil {
		s.Log.Warn("bad request", "error", err)
		x.refused, x.request.Body = http.StatusBadRequest, http.NoBody
	} else {
		x.setBody(stdin)
	}
	body := x.request.Body
	_, err := x.answer(x, s.handler, s.Log)
	drainCGI(body)
	return err
}

// requestVars are the variables of RFC 3875, section 4.1, and what web servers add
// to them about a request.
var requestVars = strings.Fields(`AUTH_TYPE CONTENT_LENGTH CONTENT_TYPE GATEWAY_INTERFACE PATH_INFO PATH_TRANSLATED
	QUERY_STRING REMOTE_ADDR REMOTE_HOST REMOTE_IDENT REMOTE_USER REQUEST_METHOD SCRIPT_NAME SERVER_NAME SERVER_PORT
	SERVER_PROTOCOL SERVER_SOFTWARE
	DOCUMENT_ROOT HTTPS REMOTE_PORT REQUEST_SCHEME REQUEST_URI SCRIPT_FILENAME SERVER_ADDR`)

// ofRequest keeps apart what CGI puts into one environment: the request, which an
// app may show, and the settings of the process, which may be secret.
func ofRequest(name string) bool {
	return strings.HasPrefix(name, "HTTP_") || slices.Contains(requestVars, name)
}

// What nobody read of a body is read after the answer, up to these: a web
// server that cannot get rid of it takes the answer for broken.
const (
	cgiDrainBytes = 64 << 20
	cgiDrainTime  = 5 * time.Second
)

func drainCGI(body io.Reader) {
	done := make(chan struct{})
	go func() { // a read from a pipe has no deadline, but the process ends
		defer close(done)
		_, _ = io.CopyN(io.Discard, body, cgiDrainBytes)
	}()
	select {
	case <-done:
	case <-time.After(cgiDrainTime):
	}
}

// A cgiRequest is its response's sink, too.
type cgiRequest struct {
	exchange
	stdout io.Writer
}

// setBody takes CONTENT_LENGTH bytes of stdin, which need not end there (RFC
// 3875, section 4.2), or all if nobody knows how many come.
func (x *cgiRequest) setBody(stdin io.Reader) {
	if x.request.ContentLength < 0 && x.context.vars.get("HTTP_TRANSFER_ENCODING") == "" {
		x.request.ContentLength = 0 // there is none (RFC 3875, section 4.1.2)
	}
	if n := x.request.ContentLength; n != 0 {
		x.request.Body = io.NopCloser(&bodyReader{stdin, n})
	}
}

func (x *cgiRequest) send(b *block, _ bool) error {
	_, err := x.stdout.Write(b.text())
	return err
}
