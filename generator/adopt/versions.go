package adopt

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/problem"
	"scaffold/generator/source"
)

const (
	maxVersions = 50 // of a pack that are looked at, the newest
	finalists   = 3  // for which all answers are looked for; the others are tried with those of the newest
)

// findVersion returns the search of the version that is nearest; of equals the newest,
// because what it writes is the same.
func (m maker) findVersion() (*search, error) {
	packs, err := m.loadVersions()
	if err != nil {
		return nil, err
	}
	searches, err := m.compareAll(packs)
	if err != nil {
		return nil, err
	}
	fitted := searches[0]
	byScore := func(a, b *search) int { return cmp.Compare(b.best.score, a.best.score) }
	slices.SortStableFunc(searches, byScore)
	for i, s := range searches[:min(len(searches), finalists)] {
		if s == fitted {
			continue
		}
		refitted, err := m.fit(s.generator, s)
		if err != nil {
			return nil, err
		}
		searches[i] = refitted
	}
	newestFirst := func(a, b string) int { return semver.Compare("v"+b, "v"+a) }
	slices.SortStableFunc(searches, func(a, b *search) int {
		return cmp.Or(byScore(a, b), newestFirst(a.generator.Pack.Version, b.generator.Pack.Version))
	})
	for _, s := range searches {
		m.note(Version{Version: s.generator.Pack.Version, Percent: s.best.percent()})
	}
	slices.SortStableFunc(m.adoption.Versions, func(a, b Version) int { return newestFirst(a.Version, b.Version) })
	m.noteTie(searches)
	return searches[0], nil
}

// compareAll finds the answers to the newest pack that takes what was given, and
// compares the others with the same; at least one.
func (m maker) compareAll(packs []*generator.Generator) ([]*search, error) {
	var searches []*search
	var first error
	for _, g := range packs {
		var s *search
		var err error
		if len(searches) == 0 {
			s, err = m.fit(g, nil)
		} else {
			m.progress("comparing with " + g.Pack.Name + " " + g.Pack.Version)
			s, err = m.begin(g, searches[0])
		}
		switch {
		case err == nil:
			searches = append(searches, s)
		case m.ctx.Err() != nil:
			return nil, err
		default:
			first = cmp.Or(first, err)
			m.note(Version{Version: g.Pack.Version, Why: err.Error()})
		}
	}
	if len(searches) == 0 {
		return nil, first
	}
	return searches, nil
}

func (m maker) note(v Version) { m.adoption.Versions = append(m.adoption.Versions, v) }

func (m maker) progress(what string) {
	if m.options.Progress != nil {
		m.options.Progress(what)
	}
}

// noteTie says which other versions are as near.
func (m maker) noteTie(searches []*search) {
	var equal []string
	for _, s := range searches[1:] {
		if s.best.score == searches[0].best.score {
			equal = append(equal, s.generator.Pack.Version)
		}
	}
	if len(equal) > 0 {
		m.adoption.Notes = append(m.adoption.Notes, fmt.Sprintf("%s is as near as %s, and the newest of them", searches[0].generator.Pack.Version, strings.Join(equal, ", ")))
	}
}

// begin starts the search of a pack with what another found.
func (m maker) begin(g *generator.Generator, from *search) (*search, error) {
	given, err := m.givenTo(g)
	if err != nil {
		return nil, err
	}
	s := newSearch(m.ctx, g, m.disk, given)
	known, err := s.readKnown()
	if err != nil {
		return nil, err
	}
	if from != nil {
		for _, q := range s.asked() {
			value, chosen := from.chosen[q.Name]
			if _, err := q.Check(value); chosen && err == nil {
				s.chosen[q.Name], s.why[q.Name] = value, from.why[q.Name]
			}
		}
	}
	return s, s.start(known)
}

// fit finds the answers to a pack.
func (m maker) fit(g *generator.Generator, from *search) (*search, error) {
	m.progress("looking for the answers to " + g.Pack.Name + " " + g.Pack.Version)
	s, err := m.begin(g, from)
	if err != nil {
		return nil, err
	}
	return s, s.climb()
}

// givenTo returns the answers that were given, as a pack types them: those of a flag
// that only other versions ask are left out.
func (m maker) givenTo(g *generator.Generator) ([]answer.Layer, error) {
	layers := []answer.Layer{slices.Clone(m.options.Given)}
	if m.options.Answers != "" {
		file, _, err := g.ReadAnswers(m.ctx, m.options.Answers)
		if err != nil {
			return nil, err
		}
		layers = append(layers, file)
	}
	if c := m.remains.Config; c != nil {
		recorded, err := c.Layer(g.Pack)
		if err != nil {
			return nil, err
		}
		layers = append(layers, recorded)
	}
	if asks := m.adoption.Generator; asks != nil {
		for i := range layers {
			layers[i] = slices.DeleteFunc(layers[i], func(v answer.Value) bool {
				_, asked := g.Pack.Question(v.Name)
				_, known := asks.Pack.Question(v.Name)
				return !asked && known
			})
		}
	}
	return layers, nil
}

// loadVersions loads the versions that may be meant, the newest first; at least one.
func (m maker) loadVersions() ([]*generator.Generator, error) {
	ref, version, err := m.chooseReference()
	if err != nil {
		return nil, err
	}
	if !ref.Kind.IsForeign() || version != Auto {
		g, err := m.loadOne(ref, version)
		if err != nil {
			return nil, err
		}
		m.adoption.Generator = g
		return []*generator.Generator{g}, nil
	}
	return m.loadAll(ref)
}

// chooseReference returns the pack, and the version of it or [Auto].
func (m maker) chooseReference() (source.Reference, string, error) {
	text, version := cmp.Or(m.options.Pack, m.options.Default), m.options.Version
	c := m.remains.Config
	if c != nil {
		if m.options.Pack != "" {
			return source.Reference{}, "", problem.WithHint(problem.Input("--pack %s: %s:%d names the pack of this project", m.options.Pack, c.Name, c.Line), "change it there")
		}
		text, version = c.Reference, cmp.Or(version, c.Version)
	}
	ref, err := source.Parse(text)
	if err != nil {
		return ref, "", err
	}
	if ref.Version != "" && version != "" && c == nil {
		return ref, "", problem.Input("--version %s and --pack %s say two versions: choose one", version, ref)
	}
	return ref, cmp.Or(version, ref.Version, Auto), nil
}

// loadOne loads the version that is wanted, or the only one that there is.
func (m maker) loadOne(ref source.Reference, version string) (g *generator.Generator, err error) {
	c := m.remains.Config
	switch {
	case c != nil:
		to := ""
		if ref.Kind.IsForeign() {
			to = version
		}
		g, err = generator.LoadFor(m.ctx, m.finder, m.adoption.Root, *c, "", to)
	case ref.Kind.IsForeign():
		g, err = generator.Load(m.ctx, m.finder, ref.At(version).String())
	default:
		g, err = generator.Load(m.ctx, m.finder, ref.At("").String())
	}
	if c != nil && err != nil && problem.IsInput(err) && ref.Kind.IsForeign() {
		return nil, problem.WithHint(err, "scaffold adopt --version=auto takes the nearest that is to be had")
	}
	if err != nil || version == Auto || ref.Kind.IsForeign() || strings.TrimPrefix(version, "v") == g.Pack.Version {
		return g, err
	}
	return nil, m.otherVersion(g, version)
}

// otherVersion refuses the version at hand where another is wanted, and says how near
// it is.
func (m maker) otherVersion(g *generator.Generator, wanted string) error {
	err := problem.Input("%s is at %s here, and %s is wanted", g.Pack.Name, g.Pack.Version, wanted)
	if m.options.Version != "" || m.remains.Config == nil {
		return err
	}
	s, fitErr := m.fit(g, nil)
	if fitErr != nil {
		return errors.Join(err, fitErr)
	}
	return problem.WithHint(
		problem.WithHint(err, "scaffold adopt --version=%s takes it: %d %% of the lines that it writes are here, and what it changed since counts as yours", g.Pack.Version, s.best.percent()),
		"take the scaffold, or the folder, that has %s", wanted)
}

// loadAll loads the newest versions of a pack, as many as are looked at.
func (m maker) loadAll(ref source.Reference) ([]*generator.Generator, error) {
	versions, err := m.finder.Versions(m.ctx, ref)
	if err != nil {
		return nil, err
	}
	slices.Reverse(versions)
	if more := len(versions) - maxVersions; more > 0 {
		m.adoption.Notes = append(m.adoption.Notes, fmt.Sprintf("%d versions older than %s were not looked at; --version names one", more, versions[maxVersions-1]))
		versions = versions[:maxVersions]
	}
	if len(versions) == 0 {
		g, err := generator.Load(m.ctx, m.finder, ref.String())
		return []*generator.Generator{g}, err
	}
	var packs []*generator.Generator
	var errs []error
	for _, version := range versions {
		m.progress("reading " + ref.Name + " " + version)
		g, err := generator.Load(m.ctx, m.finder, ref.At("v"+version).String())
		if err != nil {
			if m.ctx.Err() != nil {
				return nil, err
			}
			errs = append(errs, err)
			m.note(Version{Version: version, Why: err.Error()})
			continue
		}
		packs = append(packs, g)
	}
	if len(packs) == 0 {
		return nil, errs[0]
	}
	m.adoption.Generator = packs[0]
	return packs, nil
}
