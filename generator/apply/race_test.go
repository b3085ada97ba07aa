//go:build race

package apply

const raceDetector = true
