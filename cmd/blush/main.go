// Command blush reads heart and breath from a face, on your own server.
package main

func main() {}
