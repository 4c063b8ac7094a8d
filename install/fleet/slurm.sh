#!/bin/sh
#SBATCH --job-name=git-gate-fleet
#SBATCH --array=1-16
#SBATCH --cpus-per-task=4
#SBATCH --requeue
#SBATCH --open-mode=append
# Scans repositories on storage that all nodes share, in a Slurm job array: each task is one shard.
#
#   sbatch --array=1-N install/fleet/slurm.sh LIST RESULTS [OPTION]...
#   git gate fleet report RESULTS/*.jsonl
#
# LIST is a directory, or a file with the path of a repository on each line. A task that is requeued continues its stream. A task
# fails if it could not decide; findings are no failure. Needs git-gate and git on the nodes.
set -eu
[ $# -ge 2 ] || {
	echo 'usage: sbatch --array=1-N slurm.sh LIST RESULTS [OPTION]...' >&2
	exit 2
}
list=$1 results=$2
shift 2
mkdir -p "$results"
status=0
git-gate fleet scan "$list" --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" --jobs "$SLURM_CPUS_PER_TASK" \
	--resume "$results/$SLURM_ARRAY_TASK_ID.jsonl" "$@" || status=$?
[ "$status" -eq 1 ] || exit "$status"
