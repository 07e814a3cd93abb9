//! The socket between commands and host, when one of the two ends does not behave.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Stdio;

use crate::support::{Running, finish, live, punctual, sandbox};
use serde_json::{Value, json};

/// A host that reads one request and hands its connection to `behave`.
fn fake_host(data: &std::path::Path, behave: impl FnOnce(Value, UnixStream) + Send + 'static) {
    std::fs::create_dir_all(data).unwrap();
    let listener = UnixListener::bind(data.join("control.sock")).unwrap();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut request = String::new();
        BufReader::new(&stream).read_line(&mut request).unwrap();
        behave(serde_json::from_str(&request).unwrap(), stream);
    });
}

/// What a command says, and its exit code, when the host answers with these bytes.
fn orders_answered_with(answer: &'static [u8]) -> (Option<i32>, String) {
    let data = tempfile::tempdir().unwrap();
    fake_host(data.path(), move |_, mut stream| stream.write_all(answer).unwrap());
    let output = finish(punctual(data.path()).arg("orders"));
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_host_that_does_not_answer_properly_is_a_clean_error() {
    let version = env!("CARGO_PKG_VERSION");
    let other = format!(
        "punctual: the host is punctual 99.0.0 and this is punctual {version}: run the command with the host's version, or \
         restart the host with this one\n"
    );
    let (code, text) = orders_answered_with(b"{\"other_version\":\"99.0.0\"}\n");
    assert_eq!((code, text), (Some(1), other));
    for cut_off in [&b""[..], b"{\"done\":"] {
        let (code, text) = orders_answered_with(cut_off);
        let expect = "punctual: the host stopped before it replied; run the command again\n";
        assert_eq!((code, text.as_str()), (Some(1), expect));
    }
    for odd in [&b"no JSON\n"[..], b"{\"done\":7}\n"] {
        let (code, text) = orders_answered_with(odd);
        assert_eq!(code, Some(1));
        assert!(text.starts_with("punctual: the host's reply can't be read"), "{text}");
    }
    let (code, text) = orders_answered_with(b"{\"failed\":\"the disk is full\"}\n");
    assert_eq!((code, text.as_str()), (Some(1), "punctual: the disk is full\n"));
}

#[test]
fn a_request_names_version_and_operation() {
    let data = tempfile::tempdir().unwrap();
    let (send, requests) = std::sync::mpsc::channel();
    fake_host(data.path(), move |request, _| send.send(request).unwrap());
    finish(punctual(data.path()).args(["orders", "--shop", "7", "--exceptions"]));
    let request = requests.recv().unwrap();
    assert_eq!(request["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(request["operation"], "list_orders");
    assert_eq!(
        (&request["arguments"]["shop"], &request["arguments"]["only_exceptions"]),
        (&json!("7"), &json!(true))
    );
}

#[test]
fn an_interrupted_command_says_so() {
    let data = tempfile::tempdir().unwrap();
    let (arrived, wait) = std::sync::mpsc::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    fake_host(data.path(), move |_, stream| {
        arrived.send(()).unwrap();
        // It never answers.
        let _ = released.recv();
        drop(stream);
    });
    let mut command = punctual(data.path());
    let mut child = command.arg("exceptions").stderr(Stdio::piped()).spawn().unwrap();
    wait.recv().unwrap();
    let interrupt = ["-INT".to_owned(), child.id().to_string()];
    assert!(std::process::Command::new("kill").args(interrupt).status().unwrap().success());
    let status = child.wait().unwrap();
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    drop(release);
    assert_eq!(status.code(), Some(130), "{text}");
    assert_eq!(text, "Interrupted. The command may be partly done.\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_survives_odd_requests() {
    let sandbox = sandbox(0, 5).await;
    let data = tempfile::tempdir().unwrap();
    let running = Running::start(&mut live(punctual(data.path()), &sandbox));
    running.link();
    let socket = data.path().join("control.sock");
    let ask = |line: &str| {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream.write_all(line.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut reply = String::new();
        BufReader::new(stream).read_line(&mut reply).unwrap();
        reply
    };
    let request = |version: &str, operation: &str, arguments: Value| {
        json!({ "version": version, "operation": operation, "arguments": arguments }).to_string() + "\n"
    };
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(ask("no JSON\n"), "{\"failed\":\"the request can't be read\"}\n");
    assert_eq!(ask("{\"version\""), "", "a request that is cut off is not answered");
    assert_eq!(
        ask(&request("0.0.0", "list_orders", json!({}))),
        format!("{{\"other_version\":\"{version}\"}}\n")
    );
    assert_eq!(
        ask(&request(version, "sing", json!({}))),
        "{\"failed\":\"the host does not know the operation sing\"}\n"
    );
    let private = ask(&request(version, "apply_remedy", json!({ "address": "Rosa Quill" })));
    assert_eq!(private, "{\"failed\":\"the request can't be read\"}\n");
    let output = finish(punctual(data.path()).args(["orders", "--json"]));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    running.terminate();
}
