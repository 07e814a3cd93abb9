//! Label files.

use super::Harness;
use domain::LabelDocument;

/// A file is returned unchanged with its type, even after a restart, and a later one replaces it.
pub async fn a_label_is_kept_as_it_came_and_replaced(harness: &impl Harness) {
    let backend = harness.backend().await;
    let name = "shop-1/5771-1/label.pdf";
    assert_eq!(backend.labels.get_label(name).await.unwrap(), None);
    let bytes: Vec<u8> = (0..40_000_u32).map(|n| n.to_le_bytes()[n as usize % 2]).collect();
    let pdf = LabelDocument { bytes, content_type: "application/pdf".into() };
    backend.labels.put_label(name, &pdf).await.unwrap();
    let backend = harness.reopen(backend).await;
    assert_eq!(backend.labels.get_label(name).await.unwrap().as_ref(), Some(&pdf));

    let png = LabelDocument { bytes: vec![0x89, b'P', b'N', b'G', 0], content_type: "image/png".into() };
    backend.labels.put_label("shop-1/5771-2/label.png", &png).await.unwrap();
    assert_eq!(
        backend.labels.get_label(name).await.unwrap().as_ref(),
        Some(&pdf),
        "another name is another file"
    );
    backend.labels.put_label(name, &png).await.unwrap();
    assert_eq!(backend.labels.get_label(name).await.unwrap(), Some(png));
}

/// A deleted file is gone for good, and no other. Deleting a file that does not exist is not an error, so that it can be repeated.
pub async fn a_removed_label_is_gone(harness: &impl Harness) {
    let backend = harness.backend().await;
    let (name, other) = ("shop-1/5771-1/label.pdf", "shop-1/5771-10/label.pdf");
    backend.labels.delete_label(name).await.unwrap();
    let pdf = LabelDocument { bytes: b"%PDF-1.7".to_vec(), content_type: "application/pdf".into() };
    backend.labels.put_label(name, &pdf).await.unwrap();
    backend.labels.put_label(other, &pdf).await.unwrap();
    backend.labels.delete_label(name).await.unwrap();
    assert_eq!(backend.labels.get_label(name).await.unwrap(), None);
    backend.labels.delete_label(name).await.unwrap();
    let backend = harness.reopen(backend).await;
    assert_eq!(backend.labels.get_label(name).await.unwrap(), None);
    assert_eq!(backend.labels.get_label(other).await.unwrap().as_ref(), Some(&pdf));
    backend.labels.put_label(name, &pdf).await.unwrap();
    assert_eq!(backend.labels.get_label(name).await.unwrap(), Some(pdf), "it may be kept again");
}
