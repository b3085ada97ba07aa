package render

import (
	"context"
	"fmt"
	"reflect"
	"text/template"
	"text/template/parse"
)

// Prices, in steps of some ten nanoseconds. A byte that is written costs one.
const (
	nodePrice = 24  // an action, a text, or one of their parts, when it is reached
	callPrice = 100 // a function, or a list of nodes
	bytePrice = 3   // a byte that a function handles
	wordPrice = 15  // and one that writes names, because a text may have as many words as letters
)

// maxSteps is what the templates of a run may do together: a second or two, and
// no more than 128 MiB of output.
const maxSteps = 128 << 20

var errOverspent = fmt.Errorf("the pack's templates do too much: more than %d steps for bytes, calls and actions", maxSteps)

// A meter counts what the templates of a run do. The text/template package has no
// hook for that: so every list of nodes starts with a call of charge, which meter
// instruments it with, and every function pays for what it handles.
type meter struct {
	ctx  context.Context
	left int
	look int       // when no more are left than these, the context is looked at
	at   parse.Pos // of the list that is being executed
}

func newMeter(ctx context.Context) *meter {
	return &meter{ctx: ctx, left: maxSteps, look: maxSteps}
}

const lookEvery = 1 << 18

func (m *meter) charge(steps int) error {
	if m.left -= steps; m.left < 0 {
		return errOverspent
	}
	if m.left < m.look {
		m.look = m.left - lookEvery
		return m.ctx.Err()
	}
	return nil
}

func (m *meter) ended() error {
	if err := m.ctx.Err(); err != nil {
		return err
	}
	if m.left < 0 {
		return errOverspent
	}
	return nil
}

// chargeName is the function that the lists of nodes start with. The parser does
// not know it, so no template can call it.
const chargeName = "charge"

func (m *meter) functions() template.FuncMap {
	list := template.FuncMap{
		chargeName: func(nodes, at int) (string, error) {
			m.at = parse.Pos(at)
			return "", m.charge(callPrice + nodes*nodePrice)
		},
	}
	for name, f := range functions {
		list[name] = m.priced(name, f)
	}
	for name, f := range comparing {
		list[name] = m.priced(name, f)
	}
	return list
}

var errorType = reflect.TypeFor[error]()

// priced returns the function called name with an error as its second result, which it is when the
// arguments or the result are more than is left, or the result is a string that
// is too long: what a quoter doubles, the next one could double again.
func (m *meter) priced(name string, f any) any {
	price := bytePrice
	if _, spells := spellings[name]; spells {
		price = wordPrice
	}
	inner := reflect.ValueOf(f)
	t := inner.Type()
	var in []reflect.Type
	for arg := range t.Ins() {
		in = append(in, arg)
	}
	outer := reflect.FuncOf(in, []reflect.Type{t.Out(0), errorType}, t.IsVariadic())
	return reflect.MakeFunc(outer, func(args []reflect.Value) []reflect.Value {
		if err := m.charge(callPrice + price*weigh(args...)); err != nil {
			return []reflect.Value{reflect.Zero(t.Out(0)), reflect.ValueOf(err)}
		}
		var out []reflect.Value
		if t.IsVariadic() {
			out = inner.CallSlice(args)
		} else {
			out = inner.Call(args)
		}
		if len(out) == 2 && !out[1].IsNil() {
			return out
		}
		err := m.charge(price * weigh(out[0]))
		if err == nil && out[0].Kind() == reflect.String && out[0].Len() > maxString {
			err = errTooLong
		}
		if err != nil {
			return []reflect.Value{out[0], reflect.ValueOf(err)}
		}
		return []reflect.Value{out[0], reflect.Zero(errorType)}
	}).Interface()
}

func weigh(values ...reflect.Value) int {
	n := 0
	for _, v := range values {
		for v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		switch v.Kind() {
		case reflect.String:
			n += v.Len()
		case reflect.Slice:
			n += 8 * v.Len()
			for i := range v.Len() {
				n += weigh(v.Index(i))
			}
		}
	}
	return n
}

// instrument has every list of nodes below n charged for before it is executed,
// and returns how many nodes there are.
func instrument(n parse.Node) int {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return 0
		}
		own, deeper := 1, 0
		for _, child := range n.Nodes {
			own += ownNodes(child)
			deeper += instrument(child)
		}
		n.Nodes = append([]parse.Node{chargeNode(own, n.Pos)}, n.Nodes...)
		return own + deeper + chargeNodes
	case *parse.IfNode:
		return instrument(n.List) + instrument(n.ElseList)
	case *parse.WithNode:
		return instrument(n.List) + instrument(n.ElseList)
	case *parse.RangeNode:
		return instrument(n.List) + instrument(n.ElseList)
	}
	return 0
}

// ownNodes counts what is executed of a node when its list is: one for each of its
// parts, and more for one that takes longer.
func ownNodes(n parse.Node) int {
	switch n := n.(type) {
	case *parse.ActionNode:
		return 1 + pipeNodes(n.Pipe)
	case *parse.IfNode:
		return 1 + pipeNodes(n.Pipe)
	case *parse.WithNode:
		return 1 + pipeNodes(n.Pipe)
	case *parse.RangeNode:
		return 1 + pipeNodes(n.Pipe)
	case *parse.PipeNode: // between parentheses
		return 2 + pipeNodes(n)
	case *parse.ChainNode:
		return nameNodes(n.Field...) + ownNodes(n.Node)
	case *parse.FieldNode:
		return nameNodes(n.Ident...)
	case *parse.VariableNode:
		return nameNodes(n.Ident...)
	case *parse.NumberNode:
		return nameNodes(n.Text)
	}
	return 1
}

func pipeNodes(n *parse.PipeNode) int {
	count := len(n.Decl)
	for _, command := range n.Cmds {
		for _, arg := range command.Args {
			count += ownNodes(arg)
		}
	}
	return count
}

// nameNodes has a long name count as several nodes, because a variable's is
// compared with all that are in scope, and a number is read again at each use.
func nameNodes(names ...string) int {
	count := len(names)
	for _, name := range names {
		count += len(name) / 32
	}
	return count
}

const chargeNodes = 6

func chargeNode(nodes int, at parse.Pos) parse.Node { return callNode(chargeName, at, nodes, int(at)) }

// callNode is an action that calls a function of ours with numbers.
func callNode(name string, at parse.Pos, numbers ...int) parse.Node {
	args := []parse.Node{parse.NewIdentifier(name).SetPos(at)}
	for _, n := range numbers {
		args = append(args, &parse.NumberNode{NodeType: parse.NodeNumber, Pos: at, IsInt: true, Int64: int64(n), Text: fmt.Sprint(n)})
	}
	call := &parse.CommandNode{NodeType: parse.NodeCommand, Pos: at, Args: args}
	return &parse.ActionNode{NodeType: parse.NodeAction, Pos: at, Pipe: &parse.PipeNode{NodeType: parse.NodePipe, Pos: at, Cmds: []*parse.CommandNode{call}}}
}
