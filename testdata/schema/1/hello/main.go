// Command hello greets whoever runs it.
package main

import "fmt"

func main() {
	fmt.Println(greeting())
}

// greeting is what is said.
func greeting() string {
	return "Good day"
}
