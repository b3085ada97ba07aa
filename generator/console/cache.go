package console

import (
	"fmt"
	"io"

	"scaffold/generator/report"
	"scaffold/generator/source"
)

// PackCache lists the mirrors of repositories that packs were taken from, or
// removes them.
func (c *Console) PackCache(clean bool) error {
	if clean {
		return c.cleanCache()
	}
	mirrors, err := c.Finder.Mirrors()
	if err != nil {
		return fmt.Errorf("list the cache: %w", err)
	}
	if len(mirrors) == 0 {
		c.Say("no repository is in the cache")
	}
	return c.printReport(func(w io.Writer) {
		for _, m := range mirrors {
			fetched := "fetched " + m.Fetched.Format("2006-01-02 15:04")
			if m.Fetched.IsZero() {
				fetched = "never fetched to its end"
			}
			fmt.Fprintf(w, "%9s  %s  %s\n", formatSize(m.Size), report.OneLine(m.URL), fetched)
		}
	})
}

func (c *Console) cleanCache() error {
	gone, stay, err := c.Finder.CleanCache()
	if err != nil {
		return fmt.Errorf("clean the cache: %w", err)
	}
	for _, m := range stay {
		c.Say("the mirror of %s stays, because another scaffold is fetching it", m.URL)
	}
	return c.printReport(func(w io.Writer) {
		for _, m := range gone {
			fmt.Fprintf(w, "%9s  %s  removed\n", formatSize(m.Size), report.OneLine(m.URL))
		}
		fmt.Fprintf(w, "%s freed\n", formatSize(sumSizes(gone)))
	})
}

func sumSizes(mirrors []source.Mirror) (sum int64) {
	for _, m := range mirrors {
		sum += m.Size
	}
	return sum
}

func formatSize(bytes int64) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%d KiB", (bytes+1<<10-1)>>10)
	}
	return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
}
