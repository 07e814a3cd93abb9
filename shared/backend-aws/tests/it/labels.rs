//! Label files in a bucket, under names that have to be encoded.

use backend::LabelStore as _;
use backend_aws::LabelBucket;
use domain::LabelDocument;
use emulator::{Cloud, Emulator, Kind};

#[tokio::test]
async fn a_label_is_read_under_its_name_and_a_missing_bucket_is_found() {
    let Some(emulator) = Emulator::shared(Kind::MiniStack).unwrap() else { return };
    let cloud = Cloud::new(emulator.url()).await.unwrap();
    let labels = LabelBucket::new(cloud.sdk.bucket(&cloud.names.bucket));
    labels.check().await.unwrap();
    let file = LabelDocument { bytes: b"%PDF-1.4".to_vec(), content_type: "application/pdf".into() };
    let name = "5771 é+(1)-9400.pdf";
    labels.put_label(name, &file).await.unwrap();
    assert_eq!(labels.get_label(name).await.unwrap(), Some(file.clone()));

    assert_eq!(labels.get_label("another.pdf").await.unwrap(), None);

    let missing = LabelBucket::new(cloud.sdk.bucket("no-such-bucket"));
    let fault = missing.check().await.unwrap_err();
    assert!(fault.is_lasting() && fault.to_string().contains("does not exist"), "{fault}");
}
