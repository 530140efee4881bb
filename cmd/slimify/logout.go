package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/cli/settings"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/text"
	"github.com/slimify/slimify/internal/cli/usage"
)

// newLogout returns the command that removes credentials.
func newLogout(t *terminal.Terminal) *cobra.Command {
	var opts reference.Options
	var all bool
	cmd := &cobra.Command{
		Use:   "logout [flags] REGISTRY",
		Short: "Remove the credentials for a registry",
		Long: `logout removes the credentials for REGISTRY from the file that login writes, or from
the helper that the file names; with --all those for every registry. It names other
files that still have credentials for REGISTRY. It succeeds if there are none.`,
		Example: `  slimify logout registry.example.com
  slimify logout --all --authfile auth.json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if all {
				return usage.Args()(cmd, args)
			}
			return usage.Args("REGISTRY")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			store, err := reference.NewAuthStore(opts.AuthFile, nil)
			if err != nil {
				return err
			}
			if all {
				return logoutAll(cmd.Context(), t, store)
			}
			host, err := reference.ParseHost(args[0])
			if err != nil {
				return err
			}
			return logout(cmd.Context(), t, store, host, opts.AuthFile)
		},
	}
	f := cmd.Flags()
	f.BoolVarP(&all, "all", "a", false, "remove the credentials for all registries in the file")
	settings.MarkFlagOnly(f, "all")
	addAuthFile(f, &opts)
	return cmd
}

// logout removes the credentials for a registry.
func logout(ctx context.Context, t *terminal.Terminal, store reference.AuthStore, host, authFile string) error {
	found, err := store.Delete(ctx, host)
	if err != nil {
		return err
	}
	if found {
		fmt.Fprintf(t.Stderr, "logged out of %s: removed its credentials from %s\n", text.Clean(host), store.Path())
	} else {
		fmt.Fprintf(t.Stderr, "%s has no credentials for %s\n", store.Path(), text.Clean(host))
	}
	for _, file := range reference.AuthFiles(authFile, nil) {
		if file != store.Path() {
			warnOther(t, file, host, "still has credentials")
		}
	}
	return nil
}

// logoutAll removes as many credentials as possible.
func logoutAll(ctx context.Context, t *terminal.Terminal, store reference.AuthStore) error {
	hosts, err := store.Hosts()
	if err != nil {
		return err
	}
	var errs []error
	for _, host := range hosts {
		found, err := store.Delete(ctx, host)
		switch {
		case err != nil:
			errs = append(errs, err)
		case found:
			fmt.Fprintf(t.Stderr, "logged out of %s: removed its credentials from %s\n", text.Clean(host), store.Path())
		}
	}
	if len(hosts) == 0 {
		fmt.Fprintf(t.Stderr, "%s has no credentials\n", store.Path())
	}
	return errors.Join(errs...)
}

// warnOther warns about credentials for a registry in another file that is read. A file
// that cannot be read is ignored.
func warnOther(t *terminal.Terminal, file, host, has string) {
	other, err := reference.NewAuthStore(file, nil)
	if err != nil {
		return
	}
	if found, err := other.Has(host); err == nil && found {
		fmt.Fprintf(t.Stderr, "slimify: warning: %s %s for %s; slimify logout --authfile %s %s removes them\n", file, has, host, file, host)
	}
}
