//! The table of steps that `cargo xtask test` prints.

use std::fmt;
use std::time::Duration;

use anyhow::Result;

use super::steps::Outcome;

pub(super) struct Row {
    pub(super) step: &'static str,
    pub(super) outcome: Result<Outcome>,
    pub(super) time: Duration,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (outcome, reason) = match &self.outcome {
            Ok(Outcome::Passed) => ("passed", String::new()),
            Ok(Outcome::Skipped(reason)) => ("skipped", format!("  {reason}")),
            Err(error) => ("FAILED", format!("  {error:#}")),
        };
        let time = minutes(self.time);
        write!(f, "{:<16} {outcome:<8} {time:>12}{reason}", self.step)
    }
}

/// A line for each step and the total. The counts stand alone on the last line, for scripts.
pub(super) fn table(rows: &[Row]) -> String {
    let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    let total = minutes(rows.iter().map(|row| row.time).sum());
    let count =
        |is: fn(&Result<Outcome>) -> bool| rows.iter().filter(|row| is(&row.outcome)).count();
    let passed = count(|outcome| matches!(outcome, Ok(Outcome::Passed)));
    let failed = count(Result::is_err);
    let skipped = rows.len() - passed - failed;
    format!(
        "{lines}{:<25} {total:>12}\n\n{passed} passed, {failed} failed, {skipped} skipped\n",
        "total"
    )
}

fn minutes(time: Duration) -> String {
    let seconds = time.as_secs_f32().round() as u64;
    format!("{} min {:02} s", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_line_for_each_step_and_ends_with_the_counts() {
        let row = |step, outcome, seconds| Row {
            step,
            outcome,
            time: Duration::from_secs(seconds),
        };
        let rows = [
            row("one", Ok(Outcome::Passed), 0),
            row("two", Ok(Outcome::Skipped("no root")), 0),
            row("three", Err(anyhow::anyhow!("broken")), 61),
        ];
        let expected = "\
            one              passed     0 min 00 s\n\
            two              skipped    0 min 00 s  no root\n\
            three            FAILED     1 min 01 s  broken\n\
            total                       1 min 01 s\n\n\
            1 passed, 1 failed, 1 skipped\n";
        assert_eq!(table(&rows), expected);
    }
}
