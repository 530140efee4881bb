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

// loginFlags are the flags of the command that stores credentials.
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
		Short: "Check a user and a password with a registry, and store them",
		Long: `login asks REGISTRY (docker.io, registry.example.com:5000) whether it takes a user
and a password, and stores them if it does.

They are written to Docker's file ($DOCKER_CONFIG/config.json, by default
~/.docker/config.json), where docker, podman, skopeo and crane look too; or to the
file that --authfile or REGISTRY_AUTH_FILE names. If that file names a credential
helper (credHelpers, credsStore), the helper keeps them. Without one they are not
encrypted; only you can read the file.

On a terminal login asks for what is missing. Elsewhere the password comes on
standard input, with --password-stdin.`,
		Example: `  slimify login registry.example.com
  echo "$TOKEN" | slimify login --username ci --password-stdin registry.example.com`,
		Args: usage.Args("REGISTRY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return fl.run(cmd.Context(), t, args[0])
		},
	}
	f := cmd.Flags()
	f.StringVarP(&fl.user, "username", "u", "", "user to log in as")
	f.BoolVar(&fl.passwordStdin, "password-stdin", false, "read the password, or a token, from standard input")
	// As docker login has it, so that who types it is told why not and what else.
	f.StringVarP(&fl.password, "password", "p", "", "refused: every user of the machine could read it")
	_ = f.MarkHidden("password") // it is defined just above
	settings.MarkTyped(f, "password")
	addAuthFile(f, &fl.opts)
	f.StringSliceVar(&fl.opts.Insecure, "insecure-registry", nil, "host of a registry without TLS or with an unknown certificate (repeatable)")
	f.StringVar(&fl.opts.CAFile, "ca-file", "", "file of certificates to trust besides the system's")
	return cmd
}

func addAuthFile(f *pflag.FlagSet, opts *reference.Options) {
	f.StringVar(&opts.AuthFile, "authfile", "", "file of credentials (default: what REGISTRY_AUTH_FILE names, else Docker's)")
}

func (fl *loginFlags) run(ctx context.Context, t *terminal.Terminal, registry string) (err error) {
	if fl.password != "" {
		return usage.Errorf("a password on the command line can be read by every user of the machine, and stays in the shell's history: give it with --password-stdin")
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
	fl.opts.AuthFile = "" // it need not exist yet
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
	tellLogin(t, store, host, user, helper)
	if !checked {
		fmt.Fprintf(t.Stderr, "slimify: warning: %s lets everybody pass: the password could not be checked\n", host)
	}
	for _, file := range read[:slices.Index(read, store.Path())] {
		warnOther(t, file, host, "is read first and has credentials")
	}
	return nil
}

// tellLogin tells where the credentials are now.
func tellLogin(t *terminal.Terminal, store reference.AuthStore, host, user, helper string) {
	if helper != "" {
		fmt.Fprintf(t.Stderr, "logged in to %s as %s; %s keeps the password, as %s asks\n", host, text.Clean(user), helper, store.Path())
		return
	}
	fmt.Fprintf(t.Stderr, "logged in to %s as %s; the password is in %s, not encrypted\n", host, text.Clean(user), store.Path())
}
