//! A build without the sandbox says so, and works on real shops. `cargo test -p punctual --no-default-features` runs this.

use crate::support::{Running, finish, live, punctual, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn without_a_sandbox_only_real_shops_are_served() {
    let data = tempfile::tempdir().unwrap();
    let output = finish(&mut punctual(data.path()));
    assert_eq!(output.status.code(), Some(1));
    let expect =
        "punctual: this build has no sandbox (feature `sandbox`): use --live to work on connected shops\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), expect);
    let sandbox = sandbox(0, 1).await;
    let running = Running::start(&mut live(punctual(data.path()), &sandbox));
    running.link();
    running.terminate();
}
