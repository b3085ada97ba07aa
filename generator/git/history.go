package git

import (
	"cmp"
	"context"
	"errors"
	"strings"
)

// Together reports whether the last commit that has the file gone has came as
// well: then came is no file that gone was renamed to. It is known only of files
// that git tracks.
func (r *Repo) Together(ctx context.Context, gone, came string) (together, known bool) {
	if r == nil {
		return false, false
	}
	last, err := r.lastWith(ctx, gone)
	if err != nil {
		return false, false
	}
	has, err := r.has(ctx, last, came)
	if err != nil || has {
		return has, err == nil
	}
	tracked, err := r.Tracked(ctx, []string{came})
	return false, err == nil && tracked[came]
}

var errNever = errors.New("no commit has it")

// lastWith returns the last commit that has the path: the one checked out, or
// the one before that in which it was deleted.
func (r *Repo) lastWith(ctx context.Context, path string) (string, error) {
	if has, err := r.has(ctx, "HEAD", path); has || err != nil {
		return "HEAD", err
	}
	deleted := ""
	err := r.ask(ctx, nil, func(item string) { deleted = strings.TrimSpace(item) },
		"--literal-pathspecs", "rev-list", "-1", "HEAD", "--", "./"+path)
	if err != nil || deleted == "" {
		return "", cmp.Or(err, errNever)
	}
	before := deleted + "^"
	if has, err := r.has(ctx, before, path); !has {
		return "", cmp.Or(err, errNever)
	}
	return before, nil
}

// has reports whether a commit has a file at the path.
func (r *Repo) has(ctx context.Context, commit, path string) (bool, error) {
	found := false
	err := r.ask(ctx, nil, func(item string) { found = found || item == path },
		"ls-tree", "-z", "--name-only", commit, "--", "./"+path)
	return found, err
}
