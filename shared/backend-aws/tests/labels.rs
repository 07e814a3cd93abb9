//! Links to labels.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::time::Duration;

use backend::LabelStore as _;
use backend_aws::LabelBucket;
use domain::LabelDocument;
use emulator::{Cloud, Emulator, Kind};

/// Whoever has a link reads the label with it, without credentials; a link to another name shows nothing.
#[tokio::test]
async fn a_link_reads_the_label() {
    let Some(emulator) = Emulator::shared(Kind::MiniStack).unwrap() else { return };
    let cloud = Cloud::new(emulator.url()).await.unwrap();
    let labels = LabelBucket::new(cloud.sdk.bucket(&cloud.names.bucket));
    labels.check().await.unwrap();
    let file = LabelDocument { bytes: b"%PDF-1.4".to_vec(), content_type: "application/pdf".into() };
    let name = "5771 é+(1)-9400.pdf";
    labels.put_label(name, &file).await.unwrap();
    assert_eq!(labels.get_label(name).await.unwrap(), Some(file.clone()));

    let link = labels.read_link(name, Duration::from_secs(600)).unwrap();
    assert!(link.contains("X-Amz-Expires=600") && link.contains("X-Amz-Signature="), "{link}");
    let answer = reqwest::get(&link).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/pdf");
    assert_eq!(answer.bytes().await.unwrap(), file.bytes);
    let other = labels.read_link("another.pdf", Duration::from_secs(600)).unwrap();
    assert_eq!(reqwest::get(&other).await.unwrap().status(), 404);

    let lost = LabelBucket::new(cloud.sdk.bucket("no-such-bucket"));
    let fault = lost.check().await.unwrap_err();
    assert!(fault.is_lasting() && fault.to_string().contains("does not exist"), "{fault}");
}
