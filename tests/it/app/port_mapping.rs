//! The router of a person who hosts a room lets others in.

use std::time::Duration;

use parlour::controller::StartOptions;
use parlour::storage::settings::Reach;
use parlour::view::{PortMappingStatus, PortMappingUnavailable, Surface};
use parlour_port_mapping::{Mapped, Method, Ports, Reason, State, Status};

use crate::harness::app::{Person, PlatformCall, named, templates};

/// Mei, who lets her router be asked.
async fn mei(reach: Reach) -> Person {
    let options = StartOptions {
        reach: Some(reach),
        ..named("Mei")
    };
    let mei = Person::launch(options, None);
    let attached = mei.controller.attach(Surface::Window, true);
    attached.await.unwrap();
    mei
}

/// The router has opened the port at this address for IPv4.
fn mapped(external: &str) -> State {
    State {
        ipv4: Status::Mapped(Mapped {
            method: Method::Pcp,
            tcp: Some(external.parse().unwrap()),
            udp: None,
        }),
        ipv6: Status::Unavailable(Reason::NoRouter),
    }
}

fn opened_ports(person: &mut Person) -> Option<Ports> {
    let mut calls = person.calls().into_iter();
    calls.find_map(|call| match call {
        PlatformCall::OpenPorts(ports) => Some(ports),
        _ => None,
    })
}

#[tokio::test]
async fn the_invite_names_the_address_of_the_router_after_those_of_the_lan() {
    let mut mei = mei(Reach::Open).await;
    let lan = mei.start_room().await.invite;
    let ports = opened_ports(&mut mei).expect("the router is asked");
    assert_eq!(ports.udp, None);
    assert!(!mei.view().reach.invite_complete, "a better one may come");
    assert_eq!(mei.view().reach.port_mapping, PortMappingStatus::Trying);

    mei.ports.send_replace(mapped("25.1.1.7:18421"));
    let view = mei
        .until("the router has opened the port", |view| {
            view.reach.invite_complete
        })
        .await;
    let external = "25.1.1.7:18421".to_owned();
    assert_eq!(
        view.reach.port_mapping,
        PortMappingStatus::Mapped { external }
    );
    let (endpoints, secret) = lan.rsplit_once('/').unwrap();
    let room = mei
        .until_room("the invite names it", |room| room.invite != lan)
        .await;
    assert_eq!(room.invite, format!("{endpoints},25.1.1.7:18421/{secret}"));
    assert_eq!(mei.saved_room().unwrap().invite, room.invite);

    // The router opens nothing any more.
    mei.ports.send_replace(State {
        ipv4: Status::Unavailable(Reason::NoAnswer),
        ipv6: Status::Unavailable(Reason::NoRouter),
    });
    mei.until_room("the invite is the old one", |room| room.invite == lan)
        .await;
    let reason = PortMappingUnavailable::NoAnswer;
    assert_eq!(
        mei.view().reach.port_mapping,
        PortMappingStatus::Unavailable { reason }
    );
}

#[tokio::test]
async fn an_invite_that_was_copied_too_early_is_replaced() {
    let mut mei = mei(Reach::Open).await;
    let early = mei.start_room().await.invite;
    mei.controller.copy_invite(templates()).await.unwrap();
    mei.ports.send_replace(mapped("25.1.1.7:18420"));
    let better = mei
        .until_room("the invite is better", |room| room.invite != early)
        .await;
    mei.until_called(&PlatformCall::ReplaceInClipboard(
        format!("Come in: {early}"),
        format!("Come in: {}", better.invite),
    ))
    .await;
}

#[tokio::test]
async fn an_invite_that_was_not_copied_is_not_put_on_the_clipboard() {
    let mut mei = mei(Reach::Open).await;
    let early = mei.start_room().await.invite;
    mei.ports.send_replace(mapped("25.1.1.7:18420"));
    mei.until_room("the invite is better", |room| room.invite != early)
        .await;
    let is_copy = |call: &PlatformCall| matches!(call, PlatformCall::ReplaceInClipboard(..));
    assert!(!mei.calls().iter().any(is_copy));
}

#[tokio::test]
async fn the_invite_is_offered_after_a_moment_even_if_the_router_is_silent() {
    let mut mei = mei(Reach::Open).await;
    mei.start_room().await;
    assert!(!mei.view().reach.invite_complete);
    let started = tokio::time::Instant::now();
    let view = mei.until("the wait is over", |view| view.reach.invite_complete);
    assert_eq!(view.await.reach.port_mapping, PortMappingStatus::Trying);
    assert!(started.elapsed() <= Duration::from_millis(1_700));
}

#[tokio::test]
async fn nobody_asks_a_router_for_a_room_of_the_lan_or_of_somebody_else() {
    let mut tom = mei(Reach::Lan).await;
    let invite = tom.start_room().await.invite;
    assert_eq!(opened_ports(&mut tom), None);
    assert_eq!(tom.view().reach.port_mapping, PortMappingStatus::Off);
    assert!(tom.view().reach.invite_complete);

    let mut guest = mei(Reach::Anywhere).await;
    guest.join(&invite).await;
    // A guest asks for the port of its TURN server alone.
    assert!(opened_ports(&mut guest).is_none_or(|ports| ports.tcp.is_none()));
    assert!(guest.view().reach.invite_complete);
}

#[tokio::test]
async fn what_is_built_for_development_asks_no_router_whatever_the_settings_say() {
    let mut mei = Person::with_window("Mei").await;
    assert_eq!(mei.view().settings.reach, Reach::Anywhere);
    mei.start_room().await;
    assert_eq!(opened_ports(&mut mei), None);
}

#[tokio::test]
async fn the_port_is_closed_when_the_room_is_left() {
    let mut mei = mei(Reach::Open).await;
    let lan = mei.start_room().await.invite;
    mei.ports.send_replace(mapped("25.1.1.7:18420"));
    mei.until_room("the port is open", |room| room.invite != lan)
        .await;
    mei.controller.leave().await.unwrap();
    assert_eq!(mei.view().reach.port_mapping, PortMappingStatus::Off);
    // Nobody keeps it open.
    let closed = tokio::time::timeout(Duration::from_secs(5), mei.ports.closed());
    closed.await.unwrap();
}
