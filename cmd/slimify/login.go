package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/cli/buildinfo"
	"github.com/slimify/slimify/internal/cli/settings"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/text"
	"github.com/slimify/slimify/internal/cli/usage"
)

// loginFlags are the flags of slimify login.
type loginFlags struct {
	opts          reference.Options
	user          string
	password      string
	passwordStdin bool
}

func newLogin(t *terminal.Terminal) *cobra.Command {
	var fl loginFlags
	cmd := &cobra.Command{
		Use:   "login [flags] REGISTRY",
		Short: "Log in to a registry and store the credentials",
		Long: `login checks a user name and a password with REGISTRY (docker.io,
registry.example.com:5000), and stores them.

They are written to Docker's file ($DOCKER_CONFIG/config.json, by default
~/.docker/config.json), which docker, podman, skopeo and crane read too, or to the
file that --authfile or REGISTRY_AUTH_FILE names. If the file names a credential
helper (credHelpers, credsStore), the helper stores them. Otherwise they are not
encrypted, but only you can read the file.

On a terminal login asks for what is missing. Elsewhere give the password on
standard input, with --password-stdin.`,
		Example: `  slimify login registry.example.com
  echo "$TOKEN" | slimify login --username ci --password-stdin registry.example.com`,
		Args: usage.Args("REGISTRY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return fl.run(cmd.Context(), t, args[0])
		},
	}
	f := cmd.Flags()
	f.StringVarP(&fl.user, "username", "u", "", "user name")
	f.BoolVar(&fl.passwordStdin, "password-stdin", false, "read the password or token from standard input")
	// docker login has this flag. Here it is an error that names the alternative.
	f.StringVarP(&fl.password, "password", "p", "", "not supported: every user of the machine could read it")
	_ = f.MarkHidden("password") // it is defined just above
	settings.MarkFlagOnly(f, "password")
	addAuthFile(f, &fl.opts)
	settings.AddRegistryFlags(f, &fl.opts)
	return cmd
}

// addAuthFile defines the flag for the file of credentials.
func addAuthFile(f *pflag.FlagSet, opts *reference.Options) {
	f.StringVar(&opts.AuthFile, "authfile", "", "file of credentials (default: $REGISTRY_AUTH_FILE, else the file of Docker)")
}

// run checks and stores credentials.
func (fl *loginFlags) run(ctx context.Context, t *terminal.Terminal, registry string) (err error) {
	if fl.password != "" {
		return usage.Errorf("every user of the machine can read a password on the command line, and the shell keeps it in its history: use --password-stdin")
	}
	host, err := reference.ParseHost(registry)
	if err != nil {
		return err
	}
	store, err := reference.NewAuthStore(fl.opts.AuthFile, nil)
	if err != nil {
		return err
	}
	user, password, err := t.Credentials(ctx, host, fl.user, fl.passwordStdin)
	if err != nil {
		return err
	}
	read := reference.AuthFiles(fl.opts.AuthFile, nil)
	fl.opts.AuthFile = "" // which need not exist yet
	fl.opts.UserAgent = "slimify/" + buildinfo.Version()
	session, err := reference.NewSession(fl.opts)
	if err != nil {
		return err
	}
	checked, err := session.Login(ctx, host, user, password)
	if cerr := session.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	helper, err := store.Save(ctx, host, user, password)
	if err != nil {
		return err
	}
	printLogin(t, store, host, user, helper)
	if !checked {
		fmt.Fprintf(t.Stderr, "slimify: warning: %s accepts every password: it could not be checked\n", host)
	}
	for _, file := range read[:slices.Index(read, store.Path())] {
		warnOther(t, file, host, "is read first and has credentials")
	}
	return nil
}

// printLogin prints where the credentials are stored.
func printLogin(t *terminal.Terminal, store reference.AuthStore, host, user, helper string) {
	if helper != "" {
		fmt.Fprintf(t.Stderr, "logged in to %s as %s; %s stores the password, as configured in %s\n", host, text.Clean(user), helper, store.Path())
		return
	}
	fmt.Fprintf(t.Stderr, "logged in to %s as %s; the password is in %s, not encrypted\n", host, text.Clean(user), store.Path())
}
