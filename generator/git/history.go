package git

import (
	"context"
	"strings"
)

// A History answers for many files which of them were there together. It asks
// git once for each commit that it has to look at.
type History struct {
	repo    *Repo
	commits []files // the one checked out, then those before a deletion
	index   files
	asked   int // for deletions
	size    int // of all paths
	failed  bool
}

type files map[string]bool // paths in the project

// A history has limits, because a few objects may be trees with any number of files.
const (
	maxDeletions = 50
	maxPaths     = 64 << 20 // bytes of the paths of all commits
	perPath      = 64       // bytes that a path takes besides its own
)

// History returns the history of the repository; of none, nothing is known.
func (r *Repo) History() *History { return &History{repo: r, failed: r == nil} }

// Together reports whether the last commit that has the file gone, or one near it,
// has the file came as well, because then gone was not renamed to came. It is known
// only of files that git tracks.
func (h *History) Together(ctx context.Context, gone, came string) (together, known bool) {
	h.start(ctx)
	with := h.findCommit(gone)
	if with == nil {
		h.readBeforeDeletion(ctx, gone)
		with = h.findCommit(gone)
	}
	if h.failed || with == nil {
		return false, false
	}
	return with[came], with[came] || h.index[came]
}

func (h *History) start(ctx context.Context) {
	if h.failed || h.index != nil {
		return
	}
	h.index = files{}
	err := h.repo.readIndex(ctx, func(e entry) { h.remember(h.index, e.path) })
	h.failed = h.failed || err != nil || !h.read(ctx, "HEAD")
}

func (h *History) remember(all files, path string) {
	if h.size += len(path) + perPath; h.size > maxPaths {
		h.failed = true
		return
	}
	all[path] = true
}

func (h *History) read(ctx context.Context, commit string) bool {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	all := files{}
	err := h.repo.ask(ctx, nil, func(item string) {
		if h.remember(all, item); h.failed {
			stop()
		}
	}, "ls-tree", "-r", "-z", "--name-only", commit)
	if err != nil || h.failed {
		return false
	}
	h.commits = append(h.commits, all)
	return true
}

// findCommit returns the files of a commit that has path; nil for none.
func (h *History) findCommit(path string) files {
	for _, commit := range h.commits {
		if commit[path] {
			return commit
		}
	}
	return nil
}

// readBeforeDeletion reads the commit before the last that changed path.
func (h *History) readBeforeDeletion(ctx context.Context, path string) {
	if h.asked++; h.failed || h.asked > maxDeletions {
		return
	}
	deleted := ""
	err := h.repo.ask(ctx, nil, func(item string) { deleted = strings.TrimSpace(item) },
		"--literal-pathspecs", "rev-list", "-1", "HEAD", "--", "./"+path)
	if err == nil && deleted != "" {
		h.read(ctx, deleted+"^") // which a shallow clone may lack: then nothing is known of path
	}
}
