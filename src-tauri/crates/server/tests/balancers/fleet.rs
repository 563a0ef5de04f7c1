//! Three real servers and a real load balancer in front of them, with the files of docs/self-hosting.md.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub(crate) const SERVERS: usize = 3;
/// How long a program may take to start or to end.
const PROGRAM_TIMEOUT: Duration = Duration::from_secs(20);

/// The two balancers whose files are in `packaging`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Haproxy,
    Nginx,
}

impl Kind {
    /// The program. Debian's is not in everybody's path.
    pub(crate) fn program(self) -> Option<PathBuf> {
        let name = match self {
            Self::Haproxy => "haproxy",
            Self::Nginx => "nginx",
        };
        let folders = ["/usr/sbin", "/usr/bin", "/usr/local/sbin"];
        let mut programs = folders.iter().map(|folder| Path::new(folder).join(name));
        programs.find(|program| program.exists())
    }
}

/// A program that is killed at the end of its test.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One server at its own two ports. It may be down.
struct Server {
    ports: [u16; 2],
    running: Option<Program>,
    is_paused: bool,
}

pub(crate) struct Fleet {
    servers: Vec<Server>,
    _balancer: Program,
    /// Where the balancer listens.
    pub(crate) address: SocketAddr,
    _folder: TempDir,
}

/// Ports that are free at the moment.
fn free_ports<const N: usize>() -> [u16; N] {
    let listeners: [TcpListener; N] =
        std::array::from_fn(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

impl Fleet {
    /// Starts everything. `program` is that of the balancer.
    pub(crate) fn start(kind: Kind, program: &Path) -> Self {
        let ports = free_ports::<{ 2 * SERVERS + 2 }>();
        let (of_servers, own) = ports.split_at(2 * SERVERS);
        let mut servers: Vec<_> = of_servers
            .chunks(2)
            .map(|ports| Server {
                ports: [ports[0], ports[1]],
                running: None,
                is_paused: false,
            })
            .collect();
        servers.iter_mut().for_each(Server::start);
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config");
        let ports: Vec<_> = servers.iter().map(|server| server.ports).collect();
        let text = match kind {
            Kind::Haproxy => haproxy_config(&ports, own),
            Kind::Nginx => nginx_config(&ports, own, folder.path()),
        };
        fs::write(&config, text).unwrap();
        let mut command = Command::new(program);
        match kind {
            Kind::Haproxy => command.arg("-db").arg("-f").arg(&config),
            Kind::Nginx => command
                .arg("-c")
                .arg(&config)
                .args(["-g", "daemon off; master_process off;"]),
        };
        command.current_dir(folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let balancer = Program(command.spawn().unwrap());
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, own[0]));
        wait_until(|| get(address, "/j").starts_with("HTTP/1.1 200"));
        Self {
            servers,
            _balancer: balancer,
            address,
            _folder: folder,
        }
    }

    /// The servers that run, and answer.
    pub(crate) fn running(&self) -> Vec<usize> {
        (0..SERVERS).filter(|n| self.is_running(*n)).collect()
    }

    fn is_running(&self, n: usize) -> bool {
        self.servers[n].running.is_some() && !self.servers[n].is_paused
    }

    /// The server is told to end, and ends well. Returns how long that took.
    pub(crate) fn drain(&mut self, n: usize) -> Duration {
        let since = Instant::now();
        self.signal(n, "TERM");
        let mut server = self.servers[n].running.take().unwrap();
        wait_until(|| server.0.try_wait().unwrap().is_some());
        assert!(server.0.wait().unwrap().success());
        since.elapsed()
    }

    /// The server is gone without a word.
    pub(crate) fn kill(&mut self, n: usize) {
        drop(self.servers[n].running.take());
        self.servers[n].is_paused = false;
    }

    /// The server does nothing any more, and its sockets stay open.
    pub(crate) fn pause(&mut self, n: usize) {
        self.signal(n, "STOP");
        self.servers[n].is_paused = true;
    }

    /// A server that is down or paused runs again.
    pub(crate) fn resume(&mut self, n: usize) {
        if std::mem::take(&mut self.servers[n].is_paused) {
            self.signal(n, "CONT");
        } else {
            self.servers[n].start();
        }
    }

    fn signal(&self, n: usize, name: &str) {
        let pid = self.servers[n].running.as_ref().unwrap().0.id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &*pid])
            .status();
        assert!(sent.unwrap().success());
    }

    /// The sum of a metric over all servers that run.
    pub(crate) fn sum(&self, name: &str) -> u64 {
        let running = self.running().into_iter();
        running.map(|n| self.servers[n].metric(name)).sum()
    }

    /// A metric of one server.
    pub(crate) fn metric(&self, n: usize, name: &str) -> u64 {
        self.servers[n].metric(name)
    }

    /// The memory of a server, in KiB.
    pub(crate) fn memory(&self, n: usize) -> u64 {
        let pid = self.servers[n].running.as_ref().unwrap().0.id();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.unwrap().trim().trim_end_matches(" kB");
        kib.parse().unwrap()
    }
}

impl Server {
    fn start(&mut self) {
        let [port, metrics] = self.ports;
        let child = Command::new(env!("CARGO_BIN_EXE_parlour-server"))
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .args(["--metrics", &format!("127.0.0.1:{metrics}")])
            .args(["--trusted-proxy", "127.0.0.1"])
            // All people of the test come from one address.
            .args(["--max-connections-per-address", "10000"])
            .args(["--max-joins-per-address", "10000"])
            .env("PARLOUR_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn();
        let mut child = child.unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for begin in ["listening on ", "metrics on "] {
            let line = lines.next().unwrap().unwrap();
            assert!(line.starts_with(begin), "{line}");
        }
        self.running = Some(Program(child));
    }

    fn metric(&self, name: &str) -> u64 {
        let answer = get(
            SocketAddr::from((Ipv4Addr::LOCALHOST, self.ports[1])),
            "/metrics",
        );
        let line = answer.lines().find_map(|line| {
            let (of, value) = line.rsplit_once(' ')?;
            (of == name).then_some(value)
        });
        // One that ends meanwhile has nothing.
        line.map_or(0, |value| value.parse().unwrap())
    }
}

fn haproxy_config(servers: &[[u16; 2]], own: &[u16]) -> String {
    let mut text = include_str!("../../packaging/haproxy.cfg").to_owned();
    let tls = "bind :443 ssl crt /etc/haproxy/certs/call.example.org.pem alpn http/1.1";
    replace(&mut text, tls, &format!("bind 127.0.0.1:{}", own[0]));
    replace(
        &mut text,
        "peer here 127.0.0.1:10000",
        &format!("peer here 127.0.0.1:{}", own[1]),
    );
    // As many as the usual limit of open files allows.
    replace(&mut text, "maxconn 20000", "maxconn 400");
    for (n, [port, metrics]) in servers.iter().enumerate() {
        replace(
            &mut text,
            &format!("10.0.0.1{}:8787 check port 9090", n + 1),
            &format!("127.0.0.1:{port} check port {metrics}"),
        );
    }
    text
}

fn nginx_config(servers: &[[u16; 2]], own: &[u16], folder: &Path) -> String {
    let mut text = include_str!("../../packaging/nginx.conf").to_owned();
    replace(
        &mut text,
        "listen 443 ssl;",
        &format!("listen 127.0.0.1:{};", own[0]),
    );
    for line in ["ssl_certificate /etc", "ssl_certificate_key /etc"] {
        replace(&mut text, line, &format!("# {line}"));
    }
    let folder = folder.display();
    replace(&mut text, "/run/nginx.pid", &format!("{folder}/nginx.pid"));
    replace(&mut text, "/var/log/nginx/", &format!("{folder}/"));
    // Debian's folders of temporary files are root's.
    let http = format!(
        "http {{\n    client_body_temp_path {folder}/body;\n    proxy_temp_path {folder}/proxy;\n    \
         fastcgi_temp_path {folder}/fastcgi;\n    uwsgi_temp_path {folder}/uwsgi;\n    scgi_temp_path {folder}/scgi;"
    );
    replace(&mut text, "http {", &http);
    for (n, [port, _]) in servers.iter().enumerate() {
        let from = format!("10.0.0.1{}:8787", n + 1);
        replace(&mut text, &from, &format!("127.0.0.1:{port}"));
    }
    text
}

fn replace(text: &mut String, from: &str, to: &str) {
    assert!(
        text.contains(from),
        "{from} is not in the file of the documentation"
    );
    *text = text.replace(from, to);
}

/// The answer to a request, or nothing when there is none.
pub(crate) fn get(address: SocketAddr, path: &str) -> String {
    let answer = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    answer().unwrap_or_default()
}

/// Waits for a program.
fn wait_until(mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PROGRAM_TIMEOUT;
    while !is_so() {
        assert!(Instant::now() < deadline, "a program does not start or end");
        std::thread::sleep(Duration::from_millis(10));
    }
}
