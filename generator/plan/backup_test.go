package plan

import "testing"

func TestBackup(t *testing.T) {
	for _, tt := range []struct {
		path, copy string
		want       bool
	}{
		{"main.go", "main.go~", true},
		{"main.go", "main.go.~1~", true},
		{"main.go", "#main.go#", true},
		{"main.go", ".#main.go", true},
		{"main.go", "~$main.go", true},
		{"main.go", ".main.go.swp", true},
		{"main.go", ".main.go.un~", true},
		{"main.go", "main.go.orig", true},
		{"main.go", "main.orig.go", true},
		{"main.go", "main.go.bak", true},
		{"main.go", "main.go.bak2", true},
		{"main.go", "main.go.rej", true},
		{"main.go", "main_old.go", true},
		{"main.go", "old-main.go", true},
		{"main.go", "main.go.save.1", true},
		{"main.go", "Copy of main.go", true},
		{"main.go", "main - Copy.go", true},
		{"main.go", "main copy 2.go", true},
		{"main.go", "main (1).go", true},
		{"main.go", "main.go.1", true},
		{"main.go", "main-2026-11-28.go", true},
		{"main.go", "main_BACKUP_4711.go", true},
		{"main.go", "main (conflicted copy 2026-11-28).go", true},
		{"main.go", "main.go.dpkg-old", true},
		{"main.go", "main.go.rpmsave", true},
		{"main.go", "main.go.disabled", true},
		{"main.go", "backup/main.go", true},
		{"main.go", "old/main.go", true},
		{"main.go", "main.bak", true},
		{"main.go", ".history/main.go", true},
		{"main.go", ".~main.go", true},
		{"main.go", "main.go.BASE", true},
		{"main.go", "main_BASE_4711.go", true},
		{"main.go", "main.go.r12", true},
		{"main.go", "main.go.off", true},
		{"main.go", "main.go.ori", true},
		{"main.go", "main.go.new", true},
		{"main.go", "main.go.gz", true},
		{"app.yaml", "app.yaml.example", true},
		{"main.go", "backup.go", true},
		{"main.go", "old.go", true},

		{"main.go", "cmd/main.go", false},
		{"main.go", "main2.go", false},
		{"main.go", "server.go", false},
		{"main.go", "cmd/app/server_main.go", false},
		{"copy.go", "lib/copy.go", false},
		{"old/main.go", "old/lib/main.go", false},
		{"v1.yaml", "v2.yaml", false},
		{"1.txt", "2.txt", false},
		{"server.txt", "mine.txt", false},
		{"server.txt", "local.txt", false},
		{"Dockerfile", "Dockerfile.dev", false},
		{".env", ".env.development", false},
		{"main.go", "db/base.go", false},
		{"threshold.go", "lib/threshold_bold.go", false},
	} {
		if got := backup(tt.path, tt.copy); got != tt.want {
			t.Errorf("backup(%q, %q) is %v", tt.path, tt.copy, got)
		}
	}
}
