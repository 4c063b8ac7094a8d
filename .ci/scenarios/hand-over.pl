#!/usr/bin/perl
# Runs programs of Linux for hand-over.c, as those of git for Windows would run. Listens on the loopback only.
#
#   hand-over.pl PREFIX PROGRAMS
#
# PREFIX is that of wine. PROGRAMS/Z: has the programs of Windows that hooks name, as programs of Linux. Prints the port.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;

my ($prefix, $programs) = @ARGV;
my $drive = "$prefix/drive_c";
my $home = glob "$drive/users/*/AppData";
$home =~ s{/AppData$}{};

# Turns the paths of Windows in a text into those of Linux.
sub inward {
	my ($text) = @_;
	$text =~ s{(?<![A-Za-z0-9])([CcZz]):(?=[\\/])([^'";\n]*)}{
		my ($letter, $path) = (lc $1, $2);
		$path =~ tr{\\}{/};
		($letter eq 'c' ? $drive : '') . $path
	}ge;
	return $text;
}

# Turns the paths of Linux that git prints, at the start of a line or a field, into those of Windows.
sub outward {
	my ($text) = @_;
	$text =~ s{(^|[\n\0]|file:|worktree )\Q$drive\E/}{$1C:/}g;
	$text =~ s{(^|[\n\0]|file:|worktree )/(?=[a-z])}{$1Z:/}g;
	return $text;
}

sub receive {
	my ($socket, $length) = @_;
	my $all = '';
	while (length $all < $length) {
		my $got = sysread $socket, $all, $length - length $all, length $all;
		return undef unless $got;
	}
	return $all;
}

sub block {
	my ($socket) = @_;
	my $head = receive($socket, 4) // return undef;
	my $length = unpack 'N', $head;
	return $length ? receive($socket, $length) : '';
}

sub put {
	my ($to, $bytes) = @_;
	while (length $bytes) {
		my $written = syswrite $to, $bytes;
		return unless defined $written;
		substr $bytes, 0, $written, '';
	}
}

sub request {
	my ($socket) = @_;
	my ($program, $directory) = (block($socket), block($socket));
	my (@words, %variables);
	while (length(my $kind = block($socket) // return)) {
		my $text = block($socket);
		if ($kind eq 'a') { push @words, $text; next }
		my ($name, $value) = split /=/, $text, 2;
		$variables{$name} = $value if $name =~ /^(GIT_\w+|_GIT_GATE_\w+|LC_ALL|HOME|XDG_CONFIG_HOME)$/;
	}
	$program =~ s/\.exe$//i;
	return ($program, inward($directory), \@words, \%variables);
}

# Lets hooks, which run in a work tree, find the paths of Windows: for Linux they are relative. Returns the links that are made
# for it, and have to go again, or they would be followed when the work tree is removed.
sub show_drives {
	my ($top) = @_;
	return () unless -d "$top/.git" && !-l "$top/Z:";
	symlink $drive, "$top/C:";
	symlink "$programs/Z:", "$top/Z:";
	mkdir "$top/.git/info";
	open my $exclude, '>>', "$top/.git/info/exclude" or die "no exclude: $!";
	print $exclude "/?:\n";
	return ("$top/C:", "$top/Z:");
}

sub start {
	my ($program, $directory, $words, $variables) = @_;
	my ($for_input, $for_output, $for_errors, $input, $output, $errors);
	pipe $input, $for_input and pipe $for_output, $output and pipe $for_errors, $errors or die "no pipe: $!";
	my $child = fork // die "no process: $!";
	if ($child == 0) {
		$SIG{PIPE} = 'DEFAULT';
		open STDIN, '<&', $input;
		open STDOUT, '>&', $output;
		open STDERR, '>&', $errors;
		close $_ for $input, $for_input, $output, $for_output, $errors, $for_errors;
		chdir $directory or die "no directory $directory: $!\n";
		# Whatever exists can be executed.
		chmod 0755, glob '.git/hooks/* .git/hooks/*/*';
		%ENV = (PATH => '/usr/bin:/bin', HOME => $home, WINEPREFIX => $prefix, WINEDEBUG => '-all', LANG => 'C.UTF-8');
		while (my ($name, $value) = each %$variables) {
			$value =~ tr/;/:/ if $name eq 'GIT_ALTERNATE_OBJECT_DIRECTORIES';
			$ENV{$name} = inward($value);
		}
		# The command of a hook is stored as it is.
		exec $program, map { /^git_gate=/ ? $_ : inward($_) } @$words or die "no program $program: $!\n";
	}
	close $_ for $input, $output, $errors;
	return ($child, $for_input, $for_output, $for_errors);
}

sub serve {
	my ($socket) = @_;
	my ($program, $directory, $words, $variables) = request($socket) or return;
	my $runs_hooks = $program eq 'sh' || $words->[0] =~ /^(commit|merge|am|push)$/;
	my @links = $runs_hooks ? show_drives($directory) : ();
	my ($child, $input, $output, $errors) = start($program, $directory, $words, $variables);
	my $names_paths = $program eq 'git' && $words->[0] =~ /^(rev-parse|config|worktree|var)$/;
	my $ready = IO::Select->new($socket, $output, $errors);
	my $open = 2;
	while ($open) {
		for my $from ($ready->can_read) {
			if ($from == $socket) {
				my $bytes = block($socket);
				if (!defined $bytes) { kill 'KILL', $child; unlink @links; return }
				if (length $bytes) { put($input, $bytes); next }
				$ready->remove($socket);
				close $input;
				next;
			}
			if (!sysread $from, my $bytes, 1 << 16) {
				$ready->remove($from);
				$open--;
			} else {
				my $is_output = $from == $output;
				$bytes = outward($bytes) if $is_output && $names_paths;
				# A program of Windows ends the lines of its messages so.
				$bytes =~ s/\n/\r\n/g if !$is_output && !$runs_hooks;
				put($socket, pack 'a N a*', $is_output ? 'o' : 'e', length $bytes, $bytes);
			}
		}
	}
	waitpid $child, 0;
	unlink @links;
	put($socket, pack 'a N', 'x', $? & 127 ? 128 + ($? & 127) : $? >> 8);
	# What is not read yet would take back what was sent.
	shutdown $socket, 1;
	1 while sysread $socket, my $rest, 1 << 16;
}

$SIG{CHLD} = 'IGNORE';
$SIG{PIPE} = 'IGNORE';
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 64) or die "no socket: $!";
$| = 1;
print $listener->sockport, "\n";
open STDOUT, '>', '/dev/null';
while (my $socket = $listener->accept) {
	next if fork;
	$SIG{CHLD} = 'DEFAULT';
	serve($socket);
	exit;
}
