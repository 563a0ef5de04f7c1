//! Medians and ratios of the rounds, as a table of Markdown.

use std::fmt::Write as _;

/// One figure, measured in each round on the server and right after it on the forwarder.
#[derive(Debug, Default)]
pub(crate) struct Figure {
    pub(crate) server: Vec<f64>,
    pub(crate) forwarder: Vec<f64>,
}

impl Figure {
    pub(crate) fn push(&mut self, server: f64, forwarder: f64) {
        self.server.push(server);
        self.forwarder.push(forwarder);
    }

    /// The ratio of each round: what disturbs the machine disturbs both halves of a round.
    fn ratios(&self) -> Vec<f64> {
        let rounds = self.server.iter().zip(&self.forwarder);
        rounds
            .map(|(server, forwarder)| server / forwarder)
            .collect()
    }

    /// How much more the server costs, in the median round.
    pub(crate) fn difference(&self) -> f64 {
        let rounds = self.server.iter().zip(&self.forwarder);
        median(
            &rounds
                .map(|(server, forwarder)| server - forwarder)
                .collect::<Vec<_>>(),
        )
    }
}

/// The middle value, or the mean of the two in the middle. Zero of nothing.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// The limit that a figure is compared with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    /// So many times the forwarder.
    Ratio(f64),
    /// So much.
    Value(f64),
}

#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub(crate) name: String,
    pub(crate) unit: &'a str,
    pub(crate) figure: &'a Figure,
    pub(crate) limit: Limit,
}

/// The table of the rows.
pub(crate) fn markdown(rows: &[Row<'_>]) -> String {
    let mut table = "| | `parlour-server` | forwarder | ratio (lowest to highest) | limit | |\n\
                     |---|---|---|---|---|---|\n"
        .to_owned();
    for Row {
        name,
        unit,
        figure,
        limit,
    } in rows
    {
        let (server, forwarder) = (median(&figure.server), median(&figure.forwarder));
        let ratios = figure.ratios();
        let ratio = median(&ratios);
        let (compared, limit, is_kept) = match limit {
            Limit::Ratio(most) => {
                let lowest = ratios.iter().copied().fold(f64::INFINITY, f64::min);
                let highest = ratios.iter().copied().fold(0.0, f64::max);
                let compared = format!("{ratio:.2} ({lowest:.2} to {highest:.2})");
                (compared, format!("{most:.2} ×"), ratio <= *most)
            }
            // The forwarder may cost nothing.
            Limit::Value(most) => (String::new(), format!("{most} {unit}"), server <= *most),
        };
        let verdict = if is_kept { "kept" } else { "over" };
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| {name} | {server:.1} {unit} | {forwarder:.1} {unit} | {compared} | {limit} | {verdict} |"
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        assert!((median(&[9.0, 1.0, 5.0]) - 5.0).abs() < 1e-9);
        assert!((median(&[4.0, 1.0, 2.0, 9.0]) - 3.0).abs() < 1e-9);
        assert!(median(&[]).abs() < 1e-9);
    }

    #[test]
    fn a_ratio_is_that_of_one_round_and_not_of_the_medians() {
        // The second round was measured on a busy machine.
        let mut figure = Figure::default();
        figure.push(12.0, 10.0);
        figure.push(36.0, 30.0);
        figure.push(13.0, 10.0);
        let table = markdown(&[Row {
            name: "a message".to_owned(),
            unit: "µs",
            figure: &figure,
            limit: Limit::Ratio(1.15),
        }]);
        assert_eq!(
            table.lines().last(),
            Some("| a message | 13.0 µs | 10.0 µs | 1.20 (1.20 to 1.30) | 1.15 × | over |")
        );
        assert!((figure.difference() - 3.0).abs() < 1e-9);
    }

    #[test]
    fn a_limit_of_the_value_asks_nothing_of_the_ratio() {
        let mut figure = Figure::default();
        figure.push(1.5, 0.1);
        let table = markdown(&[Row {
            name: "idle".to_owned(),
            unit: "%",
            figure: &figure,
            limit: Limit::Value(2.0),
        }]);
        assert!(table.ends_with("| 2 % | kept |\n"), "{table}");
    }
}
