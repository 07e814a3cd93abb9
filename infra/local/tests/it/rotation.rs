//! While a secret is rotated, webhooks that were signed with the former one are accepted, over the wire.

use crate::support::{Running, live, punctual, sandbox};

/// What the program answers to `body` with this signature.
async fn status(base: &str, path: &str, header: &str, signature: String, body: &[u8]) -> u16 {
    let request = reqwest::Client::new().post(format!("{base}{path}")).header(header, signature);
    request.body(body.to_vec()).send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_former_secret_is_accepted_for_webhooks_while_it_is_configured() {
    let sandbox = sandbox(0, 1).await;
    let app_key = sandbox.tiktok.app_key();
    let tiktok = br#"{"type":9999,"tts_notification_id":"7327112999999999991","shop_id":"7","data":{}}"#;
    let easypost = br#"{"object":"Event","id":"evt_1","description":"tracker.updated","result":{}}"#;
    for (former, accepted) in [(Some("former"), 200), (None, 401)] {
        let data = tempfile::tempdir().unwrap();
        let mut command = live(punctual(data.path()), &sandbox);
        if let Some(former) = former {
            command.env("TIKTOK_APP_SECRET_FORMER", former).env("EASYPOST_WEBHOOK_SECRET_FORMER", former);
        }
        let running = Running::start(&mut command);
        let link = running.link();
        let (base, _) = link.split_once("/oauth/").unwrap();
        let current = (sandbox.tiktok.app_secret(), sandbox.easypost.webhook_secret());
        for ((app_secret, webhook_secret), expected) in
            [(current, 200), (("former", "former"), accepted), (("another", "another"), 401)]
        {
            let signature = sim::tiktok::sign::webhook(app_key, app_secret, tiktok);
            let answer = status(base, "/webhooks/tiktok", "authorization", signature, tiktok).await;
            assert_eq!(answer, expected, "TikTok, {app_secret:?}, former: {former:?}");
            let signature = sim::easypost::sign::webhook(webhook_secret, easypost);
            let header = sim::easypost::sign::HEADER;
            let answer = status(base, "/webhooks/easypost", header, signature, easypost).await;
            assert_eq!(answer, expected, "EasyPost, {webhook_secret:?}, former: {former:?}");
        }
    }
}
