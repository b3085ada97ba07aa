package form

import (
	"cmp"
	"context"
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/huh/v2"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/report"
)

// askPages asks a page at a time, on the terminal's other screen, which leaves
// what stood on the first.
func (t Terminal) askPages(ctx context.Context, s *state) error {
	f := &pageForm{state: s}
	groups := f.groupsOf(s.first, func() bool { return true })
	groups = append(groups, f.group(f.newMore(), func() bool { return s.nameMore() != "" }))
	groups = append(groups, f.groupsOf(s.more, func() bool { return s.wantsMore })...)
	groups = append(groups, f.group(f.newLast(), func() bool { return true }))
	for _, g := range groups {
		g.Title(report.OneLine(t.Title) + "; Esc leaves")
	}
	keys := huh.NewDefaultKeyMap()
	keys.Quit.SetKeys("ctrl+c", "esc")
	keys.Select.Filter.SetEnabled(false) // esc would leave the filter, and not the form
	form := huh.NewForm(groups...).WithAccessible(false).WithKeyMap(keys).WithTheme(oneTheme()).
		WithViewHook(func(v tea.View) tea.View { v.AltScreen = true; return v }).
		WithProgramOptions(tea.WithoutSignalHandler(), tea.WithEnvironment(t.Env)). // a signal ends ctx
		WithInput(t.In).WithOutput(t.Out)
	err := form.RunWithContext(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, huh.ErrUserAborted), err == nil && (form.State != huh.StateCompleted || !f.make):
		return context.Canceled
	}
	return err
}

// A pageForm is what the pages of a form share.
type pageForm struct {
	*state
	width, height int // of the terminal, 0 until it is known
	make          bool
}

func (f *pageForm) groupsOf(names []string, wanted func() bool) []*huh.Group {
	var groups []*huh.Group
	for _, name := range names {
		groups = append(groups, f.group(f.newPage(name), func() bool { return wanted() && f.shows(name) }))
	}
	return groups
}

func (f *pageForm) group(p *page, shown func() bool) *huh.Group {
	return huh.NewGroup(p).WithHideFunc(func() bool { return !shown() })
}

// A page is one field, which is kept in step with the answers. It does so while it
// handles a message, because what huh evaluates by itself runs beside that.
type page struct {
	huh.Field
	form *pageForm
	open func()       // shows how its question stands
	keep func() error // takes what was typed, or says what is wrong with it
	fix  func() bool  // exchanges what was typed for what would do
	err  error        // of keep
	back bool         // whether the page is being left backward, which no error stops
}

// leastWidth is the columns of the narrowest page, because huh fails where a line has
// fewer than none.
const leastWidth = 20

func (p *page) WithWidth(width int) huh.Field {
	p.Field.WithWidth(max(width, leastWidth))
	return p
}

func (p *page) Focus() tea.Cmd {
	p.err, p.back = nil, false
	p.open()
	return tea.Batch(p.Field.Focus(), tea.RequestWindowSize) // because what the page shows has another height
}

func (p *page) Update(msg tea.Msg) (huh.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		if resized := p.form.resize(msg); resized {
			p.open()
			return p, tea.RequestWindowSize
		}
	case tea.KeyPressMsg:
		p.back = msg.String() == "shift+tab"
		if msg.String() == "enter" && p.fix() {
			p.err = p.keep()
			return p, nil
		}
	}
	m, cmd := p.Field.Update(msg)
	p.Field = m.(huh.Field)
	switch msg.(type) {
	case tea.KeyPressMsg, tea.PasteMsg:
		p.err = p.keep()
	}
	return p, cmd
}

func (f *pageForm) resize(msg tea.WindowSizeMsg) bool {
	resized := f.width != msg.Width || f.height != msg.Height
	f.width, f.height = msg.Width, msg.Height
	return resized
}

func (p *page) Error() error {
	switch {
	case p.back:
		return nil
	case p.err != nil:
		return p.err
	}
	return p.Field.Error()
}

// explain puts the hints of an error behind it.
func explain(err error) string {
	return report.Escape(strings.Join(append([]string{err.Error()}, problem.Hints(err)...), "\n"))
}

// say returns err as a page shows it.
func (f *pageForm) say(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(f.fill(explain(err)))
}

// fill breaks the lines of text to fit a page, because huh drops commas where it
// breaks one.
func (f *pageForm) fill(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, fill(line, cmp.Or(f.width, 80)-frame))
	}
	return strings.Join(lines, "\n")
}

// newPage returns the page of a question.
func (f *pageForm) newPage(name string) *page {
	q := f.find(name).Question
	check := func(text string) error { return f.say(f.check(name, text)) }
	p := &page{form: f, fix: func() bool { return false }}
	var read func() string
	switch q.Type {
	case pack.Bool:
		p.Field, p.open, read = f.newSwitch(q)
	case pack.Choice:
		p.Field, p.open, read = f.newChoice(q, check)
	case pack.Choices:
		check = func(text string) error { return f.say(f.checkList(q, text)) }
		p.Field, p.open, read = f.newChoices(q, check)
	case pack.Text:
		p.Field, p.open, read = f.newText(q, check)
	default:
		p.Field, p.open, read, p.fix = f.newLine(q, check)
	}
	p.keep = func() error {
		text := read()
		if err := check(text); err != nil {
			if text == "" {
				return nil // nothing was typed yet
			}
			return err
		}
		f.put(name, text)
		return nil
	}
	return p
}

// title is what a question asks.
func (f *pageForm) title(q pack.Question) string { return f.fill(report.OneLine(q.Help)) }

// describe says below a question's title how else it is answered, and what fits.
func (f *pageForm) describe(q pack.Question) string {
	text := "--" + answer.FlagName(q.Name)
	if form := q.Form(); form != "" {
		text += ": " + form
	}
	return f.fill(report.OneLine(text))
}

// textOf returns what was answered to a question of text, and what stands in its
// place until something is.
func (f *pageForm) textOf(name string) (given, preset string) {
	d := f.find(name)
	if d.Given {
		given = answer.Format(d.Value)
	}
	if d.Default != nil {
		preset = answer.Format(d.Default)
	}
	return given, preset
}

func (f *pageForm) newLine(q pack.Question, check func(string) error) (field huh.Field, open func(), read func() string, fix func() bool) {
	var text string
	input := huh.NewInput().Value(&text).Validate(check)
	open = func() {
		var preset string
		text, preset = f.textOf(q.Name)
		input.Title(f.title(q)).Description(f.describe(q)).Placeholder(preset).Value(&text)
	}
	fix = func() bool {
		near := q.Propose(text)
		if near == "" || check(near) != nil {
			return false
		}
		text = ""
		input.Value(&text) // because the cursor goes to the end only of what was empty
		text = near
		input.Value(&text)
		return true
	}
	return input, open, func() string { return text }, fix
}

func (f *pageForm) newText(q pack.Question, check func(string) error) (huh.Field, func(), func() string) {
	var text string
	area := huh.NewText().ExternalEditor(false).Lines(3).Value(&text).Validate(check)
	open := func() {
		var preset string
		text, preset = f.textOf(q.Name)
		area.Title(f.title(q)).Description(f.describe(q)).Placeholder(preset).Value(&text)
	}
	return area, open, func() string { return text }
}

func (f *pageForm) newSwitch(q pack.Question) (huh.Field, func(), func() string) {
	var yes bool
	confirm := huh.NewConfirm().WithButtonAlignment(0).Value(&yes)
	open := func() {
		yes, _ = f.find(q.Name).Value.(bool)
		confirm.Title(f.title(q)).Description(f.describe(q))
	}
	return confirm, open, func() string { return answer.Format(yes) }
}

func (f *pageForm) newChoice(q pack.Question, check func(string) error) (huh.Field, func(), func() string) {
	var choice string
	list := huh.NewSelect[string]().Options(optionsOf(q)...).Value(&choice).Validate(check)
	open := func() {
		list.Title(f.title(q)).Description(f.describe(q))
		if value, ok := f.find(q.Name).Value.(string); ok && value != "" {
			choice = value
			list.Value(&choice)
		}
	}
	return list, open, func() string {
		choice, _ := list.Hovered()
		return choice
	}
}

func (f *pageForm) newChoices(q pack.Question, check func(string) error) (huh.Field, func(), func() string) {
	var chosen []string
	list := huh.NewMultiSelect[string]().Filterable(false).
		Value(&chosen).Options(optionsOf(q)...).
		Validate(func(list []string) error { return check(answer.Format(list)) })
	open := func() {
		chosen, _ = f.find(q.Name).Value.([]string)
		title, about := f.title(q), f.describe(q)
		var options []huh.Option[string]
		for _, o := range optionsOf(q) { // which huh would break and cut
			options = append(options, huh.NewOption(cutLine(o.Key, cmp.Or(f.width, 80)-frame-len("> [x] ")), o.Value))
		}
		list.Title(title).Description(about).Options(options...).
			Height(len(q.Choices) + strings.Count(title+"\n"+about, "\n") + 1) // which huh counts wrong by itself
	}
	return list, open, func() string { return answer.Format(chosen) }
}

// cutLine returns line with at most width characters, and a mark where there were more.
func cutLine(line string, width int) string {
	if r := []rune(line); len(r) > max(width, 1) {
		return string(r[:max(width, 1)-1]) + "…"
	}
	return line
}

func optionsOf(q pack.Question) []huh.Option[string] {
	width := 0
	for _, choice := range q.Choices {
		width = max(width, len(choice))
	}
	var options []huh.Option[string]
	for _, choice := range q.Choices {
		key := choice
		if label := q.Labels[choice]; label != "" {
			key += strings.Repeat(" ", width-len(choice)+2) + label
		}
		options = append(options, huh.NewOption(report.OneLine(key), choice))
	}
	return options
}

// oneTheme makes the theme once, because huh asks for it at each line that it draws. That
// of 16 colours is the same on a dark and on a light terminal.
func oneTheme() huh.Theme {
	styles := huh.ThemeBase16(true)
	return huh.ThemeFunc(func(bool) *huh.Styles { return styles })
}
