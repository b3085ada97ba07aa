//go:build race

package gateway

const raceEnabled = true // the race detector takes memory of its own
