//! What `cargo xtask test` prints of each step, and at the end.

use std::fmt;
use std::time::Duration;

use anyhow::Result;

use super::steps::Outcome;

#[derive(Default)]
pub(super) struct Report {
    rows: Vec<Row>,
}

struct Row {
    step: &'static str,
    state: State,
    /// The reason of a step that was skipped, or the error of one that failed.
    reason: String,
    time: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Passed,
    Skipped,
    Failed,
}

impl Report {
    pub(super) fn add(&mut self, step: &'static str, outcome: Result<Outcome>, time: Duration) {
        let (state, reason) = match outcome {
            Ok(Outcome::Passed) => (State::Passed, String::new()),
            Ok(Outcome::Skipped(reason)) => (State::Skipped, reason.to_owned()),
            Err(error) => (State::Failed, format!("{error:#}")),
        };
        let row = Row {
            step,
            state,
            reason,
            time,
        };
        println!("<== {row}");
        self.rows.push(row);
    }

    pub(super) fn has_failed(&self) -> bool {
        self.count(State::Failed) > 0
    }

    fn count(&self, state: State) -> usize {
        self.rows.iter().filter(|row| row.state == state).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.rows {
            writeln!(f, "{row}")?;
        }
        let total: Duration = self.rows.iter().map(|row| row.time).sum();
        writeln!(f, "{:<16} {:<8} {:>12}\n", "total", "", minutes(total))?;
        // Alone on a line, for scripts that count.
        let [passed, failed, skipped] =
            [State::Passed, State::Failed, State::Skipped].map(|state| self.count(state));
        writeln!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Passed => "passed",
            State::Skipped => "skipped",
            State::Failed => "FAILED",
        };
        write!(f, "{:<16} {state:<8} {:>12}", self.step, minutes(self.time))?;
        if !self.reason.is_empty() {
            write!(f, "  {}", self.reason)?;
        }
        Ok(())
    }
}

fn minutes(time: Duration) -> String {
    let seconds = time.as_secs_f32().round() as u64;
    format!("{} min {:02} s", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn ends_with_a_table_of_times_and_a_line_of_counts() {
        let mut report = Report::default();
        report.add("one", Ok(Outcome::Passed), Duration::from_millis(400));
        report.add("two", Ok(Outcome::Skipped("no root")), Duration::ZERO);
        report.add("three", Err(anyhow!("broken")), Duration::from_secs(61));
        let expected = "\
            one              passed     0 min 00 s\n\
            two              skipped    0 min 00 s  no root\n\
            three            FAILED     1 min 01 s  broken\n\
            total                       1 min 01 s\n\
            \n\
            1 passed, 1 failed, 1 skipped\n";
        assert_eq!(report.to_string(), expected);
        assert!(report.has_failed());
    }
}
