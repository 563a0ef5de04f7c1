//! Tells people apart whose names look the same: the second *Mei* is *Mei (2)*. Our own name counts. Of the second person
//! without a name the page reads the number alone, ` (2)`.

use std::collections::HashSet;

use parlour_signaling::looks::name_looks;

use crate::view::PeerView;

/// The numbers that peers have. A peer keeps its number while it keeps its name, whoever leaves.
#[derive(Debug, Default)]
pub(super) struct Namesakes(Vec<Numbered>);

#[derive(Debug)]
struct Numbered {
    id: String,
    name: String,
    /// From 1, which is not shown.
    number: usize,
}

impl Namesakes {
    /// Numbers the peers, who are in the order in which they came.
    pub(super) fn update(&mut self, own: &str, peers: &[PeerView]) {
        self.0.retain(|known| {
            peers
                .iter()
                .any(|peer| peer.id == known.id && peer.name == known.name)
        });
        let mut taken = Taken::default();
        // Without a name nobody claims to be somebody.
        if !own.is_empty() {
            taken.add(own);
        }
        // A number gives way only to our own new name.
        self.0.retain(|known| taken.add(&known.shown()));
        for peer in peers {
            if self.0.iter().any(|known| known.id == peer.id) {
                continue;
            }
            let mut numbered = Numbered {
                id: peer.id.clone(),
                name: peer.name.clone(),
                number: 1,
            };
            while !taken.add(&numbered.shown()) {
                numbered.number += 1;
            }
            self.0.push(numbered);
        }
    }

    /// The peers as they are shown.
    pub(super) fn shown(&self, peers: &[PeerView]) -> Vec<PeerView> {
        let shown = |peer: &PeerView| {
            let known = self.0.iter().find(|known| known.id == peer.id);
            PeerView {
                name: known.map_or_else(|| peer.name.clone(), Numbered::shown),
                ..peer.clone()
            }
        };
        peers.iter().map(shown).collect()
    }
}

impl Numbered {
    fn shown(&self) -> String {
        if self.number == 1 {
            self.name.clone()
        } else {
            format!("{} ({})", self.name, self.number)
        }
    }
}

/// The names that somebody has, as they look.
#[derive(Default)]
struct Taken(HashSet<String>);

impl Taken {
    /// False if somebody has a name that looks alike.
    fn add(&mut self, name: &str) -> bool {
        let looks = name_looks(name);
        let is_free = looks.iter().all(|look| !self.0.contains(look));
        if is_free {
            self.0.extend(looks);
        }
        is_free
    }
}

#[cfg(test)]
mod tests {
    use parlour_signaling::client::{Presence, Role};
    use proptest::prelude::*;

    use super::*;

    fn peers(names: &[(&str, &str)]) -> Vec<PeerView> {
        let peer = |(id, name): &(&str, &str)| PeerView {
            id: (*id).to_owned(),
            name: (*name).to_owned(),
            entered: true,
            presence: Presence::Online,
            role: Role::Answerer,
            guest: false,
            safety_binding: String::new(),
        };
        names.iter().map(peer).collect()
    }

    fn shown(namesakes: &mut Namesakes, own: &str, names: &[(&str, &str)]) -> Vec<String> {
        let peers = peers(names);
        namesakes.update(own, &peers);
        let shown = namesakes.shown(&peers);
        shown.into_iter().map(|peer| peer.name).collect()
    }

    fn is_alike(one: &str, other: &str) -> bool {
        let mut taken = Taken::default();
        taken.add(one);
        !taken.add(other)
    }

    #[test]
    fn names_that_look_alike_are_found() {
        for (one, other) in [
            ("Mei", "mei"),
            ("Mei", "Ｍｅｉ"),
            ("Bob", "Воb"),
            ("Mei", "MEI"),
            ("mеi", "MEI"),
            ("Alice", "Αlice"),
            ("Paul", "Раul"),
            ("Lilly", "Li1ly"),
            ("Bob", "B0b"),
            ("José", "Jose\u{301}"),
            ("An na", "Anna"),
        ] {
            assert!(is_alike(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("Mei", "Meike"),
            ("Anna", "Hanna"),
            ("李", "王"),
            ("Tom", "Tim"),
        ] {
            assert!(!is_alike(one, other), "{one} {other}");
        }
    }

    #[test]
    fn namesakes_are_numbered_as_they_come_and_keep_their_numbers() {
        let mut namesakes = Namesakes::default();
        let all = [("1", "Mei"), ("2", "Tom"), ("3", "MEI"), ("4", "mеi")];
        let seen = shown(&mut namesakes, "Ada", &all);
        assert_eq!(seen, ["Mei", "Tom", "MEI (2)", "mеi (3)"]);
        assert_eq!(
            shown(&mut namesakes, "Ada", &all[1..]),
            ["Tom", "MEI (2)", "mеi (3)"]
        );
    }

    #[test]
    fn the_own_name_counts_also_when_it_changes() {
        let mut namesakes = Namesakes::default();
        let all = [("1", "Ada"), ("2", "Tom")];
        assert_eq!(shown(&mut namesakes, "ada", &all), ["Ada (2)", "Tom"]);
        assert_eq!(shown(&mut namesakes, "Tom", &all), ["Ada (2)", "Tom (2)"]);
    }

    #[test]
    fn people_without_a_name_are_numbered_among_themselves() {
        let mut namesakes = Namesakes::default();
        let all = [("1", ""), ("2", "Tom"), ("3", ""), ("4", "")];
        assert_eq!(shown(&mut namesakes, "", &all), ["", "Tom", " (2)", " (3)"]);
        assert_eq!(shown(&mut namesakes, "", &all[1..3]), ["Tom", " (2)"]);
    }

    #[test]
    fn nobody_can_take_the_number_of_another() {
        let mut namesakes = Namesakes::default();
        let all = [("1", "Mei"), ("2", "Mei"), ("3", "Mei (2)"), ("4", "")];
        let seen = shown(&mut namesakes, "", &all);
        assert_eq!(seen, ["Mei", "Mei (2)", "Mei (2) (2)", ""]);
    }

    #[test]
    fn a_peer_that_comes_back_under_another_id_has_its_name_again() {
        let mut namesakes = Namesakes::default();
        shown(&mut namesakes, "Ada", &[("1", "Mei")]);
        assert_eq!(shown(&mut namesakes, "Ada", &[("9", "Mei")]), ["Mei"]);
    }

    proptest! {
        #[test]
        fn no_two_people_look_alike(names in proptest::collection::vec("[aаAoO0()2]{1,4}", 1..8)) {
            let ids: Vec<String> = (0..names.len()).map(|n| n.to_string()).collect();
            let all: Vec<(&str, &str)> = ids.iter().map(String::as_str)
                .zip(names.iter().map(String::as_str)).collect();
            let seen = shown(&mut Namesakes::default(), "a", &all);
            let mut taken = Taken::default();
            taken.add("a");
            for name in &seen {
                prop_assert!(taken.add(name), "{name:?} of {seen:?}");
            }
        }
    }
}
