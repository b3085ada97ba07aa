package apply

import (
	"context"
	"os"
	"testing"
)

// helper is the environment variable that has this program update a project
// instead of testing, as somebody else.
const helper = "SCAFFOLD_TEST_UPDATE"

func TestMain(m *testing.M) {
	root := os.Getenv(helper)
	if root == "" {
		os.Exit(m.Run())
	}
	if err := (Options{}).Update(context.Background(), root, small.plan(), "scaffold regenerate"); err != nil {
		report(err)
		os.Exit(1)
	}
	os.Exit(0)
}
