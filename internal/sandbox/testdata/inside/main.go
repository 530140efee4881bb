// Command inside runs in the tests' sandboxes: its arguments are one question,
// and it writes the answer to standard output.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func run(what string, args []string) error {
	switch what {
	case "exit":
		n, _ := strconv.Atoi(args[0])
		os.Exit(n)
	case "who":
		dir, err := os.Getwd()
		host, _ := os.Hostname()
		fmt.Println(os.Getuid(), os.Getgid(), dir, host, strings.Join(os.Environ(), " "))
		return err
	case "cat":
		_, err := io.Copy(os.Stdout, os.Stdin)
		return err
	case "read":
		data, err := os.ReadFile(args[0])
		fmt.Print(string(data))
		return err
	case "list":
		entries, err := os.ReadDir(args[0])
		for _, e := range entries {
			fmt.Println(e.Name())
		}
		return err
	case "write":
		f, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE, 0o644)
		if err != nil {
			return err
		}
		_, err = f.WriteString(args[1])
		return err
	case "connect":
		conn, err := net.DialTimeout("tcp", args[0], 5*time.Second)
		if err != nil {
			return err
		}
		return conn.Close()
	case "loopback":
		l, err := net.Listen("tcp", "localhost:0")
		if err != nil {
			return err
		}
		return run("connect", []string{l.Addr().String()})
	case "status":
		return grep("/proc/self/status", args[0])
	case "processes":
		entries, err := os.ReadDir("/proc")
		for _, e := range entries {
			if _, err := strconv.Atoi(e.Name()); err == nil {
				fmt.Println(e.Name())
			}
		}
		return err
	case "files":
		for fd := 3; fd < 256; fd++ {
			if to, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd)); err == nil && !strings.HasPrefix(to, "anon_inode:") {
				fmt.Println(to)
			}
		}
	case "setuid":
		return syscall.Setuid(0)
	case "allocate":
		n, _ := strconv.Atoi(args[0])
		mem, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
		if err != nil {
			return err
		}
		mem[n-1] = 1
	case "reserve":
		n, _ := strconv.Atoi(args[0])
		_, err := syscall.Mmap(-1, 0, n, syscall.PROT_NONE, syscall.MAP_PRIVATE|syscall.MAP_ANON|syscall.MAP_NORESERVE)
		return err
	case "hang":
		// A grandchild that leaves the process group and whose parent ends.
		child := exec.Command("/inside", "child")
		child.Stdout = os.Stdout
		if err := child.Run(); err != nil {
			return err
		}
		for {
			time.Sleep(time.Hour)
		}
	case "child":
		child := exec.Command("/inside", "hold", "/lock")
		child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		out, err := child.StdoutPipe()
		if err != nil {
			return err
		}
		if err := child.Start(); err != nil {
			return err
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		fmt.Print(line)
		return err
	case "hold":
		f, err := os.Create(args[0])
		if err != nil {
			return err
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
			return err
		}
		fmt.Println("held")
		for {
			time.Sleep(time.Hour)
		}
	default:
		return fmt.Errorf("unknown question %q", what)
	}
	return nil
}

// grep prints the lines of a file that begin so.
func grep(path, prefix string) error {
	data, err := os.ReadFile(path)
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, prefix) {
			fmt.Print(line)
		}
	}
	return err
}
