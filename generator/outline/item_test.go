package outline

import "testing"

func TestItemKey(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"httpx", "httpx"},
		{"httpx[http2]>=0.27; python_version<'3.12'", "httpx"},
		{"Typing_Extensions ~= 4.0", "typing-extensions"},
		{"ruamel.yaml==0.18", "ruamel-yaml"},
		{"tomli; python_version < '3.11'", "tomli"},
		{"requests (>=2.0)", "requests"},
		{"pip @ https://example.com/pip.whl", "pip"},
		{"foo [bar, baz] > 1", "foo"},
		{"prettier@3.2.5", "prettier"},
		{"@typescript-eslint/parser@^6.0", "@typescript-eslint/parser"},
		{"actions/checkout@v4", "actions/checkout"},
		{"numpy=1.26", "numpy"},
		{"python=3.12.*", "python"},
		{"type=semver", "type=semver"},
		{"tests/*:S101", "tests/*"},
		{"__init__.py: F401,E402", "__init__.py"},
		{"LOG_LEVEL=debug", "LOG_LEVEL"},
		{"me@example.com", "me@example.com"},
		{"-r base.txt", "-r base.txt"},
		{"src/**/*.ts", "src/**/*.ts"},
		{"a = b", "a = b"},
		{"5432:5432", "5432:5432"},
		{" spaced ", "spaced"},
		{"", ""},
	} {
		if got := itemKey(tt.text); got != tt.want {
			t.Errorf("itemKey(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestIsSet(t *testing.T) {
	for path, want := range map[string]bool{
		"project.dependencies": true, "dependency-groups.dev": true, "keywords": true, "requires": true, "extend-select": true, "install_requires": true,
		"extends": false, "scripts.dev": false, "plugins": false, "args": false, "steps": false, "paths": false, "addopts": false, "": false,
	} {
		if got := isSet(path); got != want {
			t.Errorf("isSet(%q) = %v, want %v", path, got, want)
		}
	}
}
