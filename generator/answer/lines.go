package answer

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"scaffold/generator/pack"
	"scaffold/generator/problem"
)

// LineAsker returns an Asker that writes questions to out, below what their choices
// mean, and reads answers from in, a line each. It asks again for what does not fit.
// An empty line is the default of a question that has one. The end of the input is
// [ErrEnd], and when ctx ends, so does the asking.
func LineAsker(ctx context.Context, in io.Reader, out io.Writer) Asker {
	lines := bufio.NewReader(in)
	return Asker{Ask: func(q pack.Question, check func(string) error) (string, error) {
		width := 0
		for choice := range q.Labels {
			width = max(width, len(choice))
		}
		for _, choice := range q.Choices {
			if label := q.Labels[choice]; label != "" {
				fmt.Fprintf(out, "  %-*s  %s\n", width, choice, label)
			}
		}
		for {
			fmt.Fprintf(out, "%s%s%s: ", q.Help, choicesOf(q, " (", ")"), defaultOf(q))
			text, err := readLine(ctx, lines)
			if err != nil {
				fmt.Fprintln(out)
				return "", err
			}
			text = strings.TrimSpace(text)
			if text == "" && q.Default != nil {
				return Format(q.Default), nil
			}
			if err := check(text); err != nil {
				fmt.Fprintf(out, "%v\n", err)
				for _, hint := range problem.Hints(err) {
					fmt.Fprintf(out, "%s\n", hint)
				}
				continue
			}
			return text, nil
		}
	}}
}

func defaultOf(q pack.Question) string {
	switch value := q.Default.(type) {
	case nil:
		return ""
	case bool:
		return map[bool]string{true: " [yes]", false: " [no]"}[value]
	}
	return " [" + Format(q.Default) + "]"
}

// readLine waits for a line or the end of ctx, whichever comes first. The read
// goes on in either case, because a read from a terminal cannot be interrupted.
func readLine(ctx context.Context, lines *bufio.Reader) (string, error) {
	type result struct {
		text string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := lines.ReadString('\n')
		done <- result{text, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case r := <-done:
		if r.err != nil {
			return "", ErrEnd
		}
		return r.text, nil
	}
}
