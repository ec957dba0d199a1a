-- To be run on a database that was restored from a backup, before Roster is started on it. The same text serves
-- PostgreSQL and SQLite. deploy/README.md says why.
BEGIN;

-- Sessions that ended after the backup would live again, and spent refresh tokens would be good once more.
UPDATE sessions SET ended_at = CURRENT_TIMESTAMP WHERE ended_at IS NULL;

-- Codes and links that were used or replaced after the backup would work a second time.
DELETE FROM challenges;

-- What was not yet sent when the backup was made has long been sent.
UPDATE mails SET failed_at = CURRENT_TIMESTAMP, last_error = 'the database was restored' WHERE sent_at IS NULL AND failed_at IS NULL;

-- Answers kept for repeated request ids belong to changes that may be gone.
DELETE FROM replies;

COMMIT;
