-- A verdict of the guard can be reported as wrong; the value says what it should have been.
ALTER TABLE feedback DROP CONSTRAINT feedback_kind_check;
ALTER TABLE feedback ADD CONSTRAINT feedback_kind_check
  CHECK (kind IN ('accept', 'reject', 'edit', 'score', 'test_result', 'wrong_verdict'));
