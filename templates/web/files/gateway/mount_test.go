package gateway

import "testing"

func TestCleanMount(t *testing.T) {
	for _, tt := range []struct {
		mount, want string
		ok          bool
	}{
		{"", "", true},
		{"/", "", true},
		{"/app", "/app", true},
		{"/app/", "/app", true},
		{"/a/b-c_d.e~", "/a/b-c_d.e~", true},
		{"app", "", false},
		{"//app", "", false},
		{"/app//", "", false},
		{"/a/../b", "", false},
		{"/a b", "", false},
		{"/a%20b", "", false},
		{"/ü", "", false},
		{"/app?x", "", false},
	} {
		got, err := cleanMount(tt.mount)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("%q: got %q, %v", tt.mount, got, err)
		}
	}
}
