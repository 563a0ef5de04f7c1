//! Fifty calls leave as many tasks, file descriptors and threads as before. They are counted for the whole process, so
//! this test needs its own process.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

#[path = "it/harness/app.rs"]
#[allow(dead_code, unreachable_pub, clippy::expect_used)]
mod app;

use std::time::Duration;

use app::Person;
use parlour::view::NetworkChange;
use serde_json::json;
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

const ROOMS: usize = 50;
/// For tasks that end by themselves, such as a socket that closes.
const STEP_TIMEOUT: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Resources {
    tasks: usize,
    files: usize,
    threads: usize,
}

impl Resources {
    fn now() -> Self {
        let count = |path: &str| std::fs::read_dir(path).unwrap().count();
        Self {
            tasks: Handle::current().metrics().num_alive_tasks(),
            files: count("/proc/self/fd"),
            threads: count("/proc/self/task"),
        }
    }

    fn is_within(self, other: Self) -> bool {
        self.tasks <= other.tasks && self.files <= other.files && self.threads <= other.threads
    }
}

/// A whole call with signals and a change of the network. The host leaves first or last.
async fn call(mei: &mut Person, tom: &mut Person, host_leaves_first: bool) {
    let invite = mei.start_room().await.invite;
    tom.join(&invite).await;
    mei.controller.enter("Mei".into()).await.unwrap();
    tom.controller.enter("Tom".into()).await.unwrap();
    mei.until_room("Tom is in", |room| {
        room.peers.iter().any(|peer| peer.entered)
    })
    .await;
    tom.send_signal_to(mei, json!({ "link": 1 })).await;
    mei.signal().await;
    for person in [&*mei, &*tom] {
        person.network_changes(NetworkChange::Changed).await;
    }
    tom.send_signal_to(mei, json!({ "link": 2 })).await;
    mei.signal().await;
    let order = if host_leaves_first {
        [&*mei, &*tom]
    } else {
        [&*tom, &*mei]
    };
    for person in order {
        person.controller.leave().await.unwrap();
        assert!(!person.watches_network());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_calls_leak_nothing() {
    let (mut mei, mut tom) = (
        Person::with_window("Mei").await,
        Person::with_window("Tom").await,
    );
    let idle = Resources::now();
    for n in 0..ROOMS {
        call(&mut mei, &mut tom, n % 2 == 0).await;
    }
    // Threads that the runtime creates for blocking work end later.
    let most = Resources {
        threads: idle.threads + 2,
        ..idle
    };
    let settled = timeout(STEP_TIMEOUT, async {
        while !Resources::now().is_within(most) {
            sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(
        settled.await.is_ok(),
        "{:?} after {idle:?}",
        Resources::now()
    );
}
