//! Secrets.

use domain::Private;

use super::Harness;
use system::Committed;

/// A secret is replaced only under the version that the replacement names. The first version is 1.
pub async fn a_secret_is_replaced_by_version(harness: &impl Harness) {
    let backend = harness.backend().await;
    let name = "tokens/account-1";
    assert!(backend.secrets.load_secret(name).await.unwrap().is_none());
    let replace = async |value: &str, expected| {
        backend.secrets.commit_secret(name, Private::from(value), expected).await.unwrap()
    };
    assert_eq!(replace("early", 1).await, Committed::LostRace, "there is nothing to replace");
    assert_eq!(replace("one", 0).await, Committed::Stored(1));
    assert_eq!(replace("again", 0).await, Committed::LostRace);
    let Committed::Stored(second) = replace("two", 1).await else { panic!("lost without a race") };
    assert!(second > 1);
    assert_eq!(replace("late", 1).await, Committed::LostRace);

    let backend = harness.reopen(backend).await;
    let secret = backend.secrets.load_secret(name).await.unwrap().unwrap();
    assert_eq!((secret.value.expose().as_str(), secret.version), ("two", second));
    assert!(backend.secrets.load_secret("tokens/account-2").await.unwrap().is_none());
}
