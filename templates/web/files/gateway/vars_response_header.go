package gateway

import (
	"net/http"
	"strconv"
)

// notForCGI are the header fields that a handler cannot set: the status is the
// first line, and the connection to the client is the web server's.
var notForCGI = map[string]bool{
	"Status": true, "Connection": true, "Keep-Alive": true, "Transfer-Encoding": true, "Trailer": true, "Upgrade": true,
}

// prependHeader puts the header before the body's first bytes, which decide
// the Content-Type if the handler has not. whole says that they are all.
func (w *response) prependHeader(whole bool) {
	body, h := w.buf, w.frozen
	if h == nil {
		h = w.header
	}
	w.buf = newBlock()
	w.writeStatus()
	_ = h.WriteSubset(w.buf, notForCGI) // no CR or LF gets through in a value
	w.writeDerived(h, body.text(), whole)
	_, _ = w.buf.WriteString("\r\n")
	if !w.head {
		_, _ = w.buf.Write(body.text())
	}
	body.free()
}

func (w *response) writeStatus() {
	_, _ = w.buf.WriteString("Status: ")
	*w.buf = strconv.AppendInt(*w.buf, int64(w.status), 10)
	text := http.StatusText(w.status)
	if text == "" {
		text = "Unnamed"
	}
	w.writeField(" ", text)
}

// writeDerived writes the fields that follow from the body.
func (w *response) writeDerived(h http.Header, body []byte, whole bool) {
	if !bodyAllowed(w.status) {
		return
	}
	_, typed := h["Content-Type"]
	if !typed && len(body) > 0 && h.Get("Content-Encoding") == "" {
		w.writeField("Content-Type: ", http.DetectContentType(body))
	}
	if whole && w.declared < 0 && (!w.head || len(body) > 0) {
		_, _ = w.buf.WriteString("Content-Length: ")
		*w.buf = strconv.AppendInt(*w.buf, int64(len(body)), 10)
		w.writeField("", "")
	}
}

func (w *response) writeField(name, value string) {
	_, _ = w.buf.WriteString(name)
	_, _ = w.buf.WriteString(value)
	_, _ = w.buf.WriteString("\r\n")
}

// bodyAllowed reports whether an answer of this status may have a body
// (RFC 9110, section 6.4.1).
func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}
