#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::fs;

use super::*;

/// Reads this command line, these variables and this file as the program does.
struct Case {
    arguments: &'static str,
    variables: &'static [(&'static str, &'static str)],
    file: &'static str,
}

impl Case {
    fn read(&self) -> Result<Settings, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("parlour.toml");
        fs::write(&file, self.file).unwrap();
        let mut arguments = vec![OsString::from("parlour-server")];
        arguments.extend(self.arguments.split_whitespace().map(OsString::from));
        arguments.extend(["--config".into(), file.clone().into()]);
        let variables: HashMap<_, _> = self.variables.iter().copied().collect();
        let read = read(&arguments, |name| variables.get(name).map(OsString::from));
        let settings = read.map_err(|error| error.to_string())?.settings;
        settings.map_err(|faults| {
            let lines: Vec<_> = faults.iter().map(ToString::to_string).collect();
            lines.join("\n").replace(file.to_str().unwrap(), "FILE")
        })
    }
}

fn of_file(file: &'static str) -> Result<Settings, String> {
    let (arguments, variables) = ("", &[][..]);
    Case {
        arguments,
        variables,
        file,
    }
    .read()
}

fn fault(file: &'static str) -> String {
    of_file(file).unwrap_err()
}

#[test]
fn the_flags_are_consistent() {
    schema().debug_assert();
}

#[test]
fn the_defaults_in_the_help_are_the_defaults() {
    let help = schema().render_long_help().to_string();
    let (plain, tls) = (flags::DEFAULT_LISTEN, flags::DEFAULT_TLS_LISTEN);
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let defaults = format!("[default: {plain}, or {tls} with TLS]");
    assert!(help.contains(&defaults), "{help}");
}

#[test]
fn a_file_sets_what_the_flags_set() {
    let settings = of_file(
        "listen = ['127.0.0.1:0', '[::1]:0']\nrelay = true\nmax-memory = 512\n\
         trusted-proxy = '10.0.0.0/8'\nallow-origin = ['https://app.example.org']\n# a comment\n",
    )
    .unwrap();
    assert_eq!(settings.listen.len(), 2);
    assert!(settings.relay);
    assert_eq!(settings.server.budgets.server.bytes, 512 << 20);
    assert_eq!(settings.server.trusted_proxies.len(), 1);
}

#[test]
fn flags_win_over_variables_and_variables_over_the_file() {
    let memory = |arguments, variables| {
        let case = Case {
            arguments,
            variables,
            file: "max-memory = 1\nmax-connections = 77",
        };
        let settings = case.read().unwrap();
        let budgets = settings.server.budgets.server;
        assert_eq!(budgets.connections, 77);
        budgets.bytes >> 20
    };
    assert_eq!(memory("", &[]), 1);
    assert_eq!(memory("", &[("PARLOUR_MAX_MEMORY", "2")]), 2);
    assert_eq!(memory("", &[("PARLOUR_MAX_MEMORY", "")]), 1);
    let both = memory("--max-memory 3", &[("PARLOUR_MAX_MEMORY", "2")]);
    assert_eq!(both, 3);
}

#[test]
fn a_variable_has_lists_and_switches_too() {
    let case = Case {
        arguments: "",
        variables: &[
            ("PARLOUR_LISTEN", "127.0.0.1:1, 127.0.0.1:2"),
            ("PARLOUR_RELAY", "false"),
        ],
        file: "listen = '127.0.0.1:3'\nrelay = true",
    };
    let settings = case.read().unwrap();
    assert_eq!(settings.listen.len(), 2);
    assert!(!settings.relay);
}

#[test]
fn the_faulty_line_and_key_are_named_with_what_is_expected() {
    for (file, said) in [
        (
            "relay = true\nmax-connections = 'many'\n",
            &[
                "FILE:2: max-connections: \"many\": invalid digit",
                "Expected is N: Connections at",
            ][..],
        ),
        (
            "\n\nmax-memory = 0",
            &["FILE:3: max-memory: \"0\": 0 is not in 1..="],
        ),
        (
            "relay = 'yes'",
            &["FILE:1: relay: Expected is true or false"],
        ),
        (
            "max-memory = [1, 2]",
            &["FILE:1: max-memory: Expected is MIB"],
        ),
        (
            "listen = 4711",
            &["FILE:1: listen: \"4711\"", "ADDR:PORT or a list of such"],
        ),
        (
            "lisen = '[::]:1'",
            &["FILE:1: lisen: there is no such key", "is listen meant?"],
        ),
        (
            "[server]\nlisten = '[::]:1'",
            &["FILE:1: server: there is no such key"],
        ),
        (
            "domain = 'https://a.example'",
            &["FILE:1: domain: \"https://a.example\"", "without a scheme"],
        ),
        (
            "relay = true\nrelay = false",
            &["FILE:2: ", "duplicate key"],
        ),
        ("stun = 'stun:a\n", &["FILE:1: "]),
        (
            "turn = 'turn:a'",
            &["FILE:1: turn: needs the secret", "PARLOUR_TURN_SECRET"],
        ),
        (
            "relay = true\ncert = 'a'",
            &["FILE:2: cert: needs its private key"],
        ),
        (
            "domain = 'a.example'\nacme-directory = 'http://a'",
            &["FILE:2: acme-directory: not an address"],
        ),
        (
            "guest-page = '/nowhere'",
            &["FILE:1: guest-page: cannot read /nowhere"],
        ),
        ("config = 'a'", &["FILE:1: config: there is no such key"]),
    ] {
        let fault = fault(file);
        for part in said {
            assert!(fault.contains(part), "{part:?} is not in {fault:?}");
        }
    }
}

#[test]
fn all_faults_are_named_in_their_order() {
    let case = Case {
        arguments: "",
        variables: &[("PARLOUR_MAX_MEMORY", "much")],
        file: "stun = 'a'\nzeta = 1\nmax-connections = -1\nalpha = 2",
    };
    let faults = case.read().unwrap_err();
    let places: Vec<_> = faults
        .lines()
        .map(|line| line.split(": ").next().unwrap())
        .collect();
    assert_eq!(places, ["FILE:2", "FILE:3", "FILE:4", "PARLOUR_MAX_MEMORY"]);
}

#[test]
fn no_secret_is_shown() {
    const SECRET: &str = "north-wind-and-sun";
    for file in [
        "access-token = 'north-wind-and-sun'",
        "turn-secret = 'north-wind-and-sun'",
        "acces-token = 'north-wind-and-sun'",
        "access-token = north-wind-and-sun",
        "access-token-file = 'x'\naccess-token = \"north-wind-and-sun",
    ] {
        let fault = fault(file);
        assert!(
            !fault.contains(SECRET) && !fault.contains("north"),
            "{fault}"
        );
    }
    assert!(fault("access-token = 'x'").contains("access-token-file"));
}

#[test]
fn check_takes_the_same_flags() {
    let read = |arguments: &[&str]| {
        let arguments: Vec<_> = arguments.iter().map(OsString::from).collect();
        read(&arguments, |_| None)
    };
    let checked = read(&["parlour-server", "check", "--max-memory", "7"]).unwrap();
    assert!(checked.is_check);
    let settings = checked.settings.unwrap();
    assert_eq!(settings.server.budgets.server.bytes >> 20, 7);
    assert!(!read(&["parlour-server"]).unwrap().is_check);
    assert!(read(&["parlour-server", "check", "--max-memory", "much"]).is_err());
    assert!(read(&["parlour-server", "--relay", "check"]).is_err());
}
