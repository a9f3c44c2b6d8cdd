// Tables of the event log.
#pragma once

#include <string>
#include <vector>

namespace vang {

inline std::vector<std::string> EventBusMigrations() {
  return {R"sql(
    CREATE TABLE events(
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      subject TEXT NOT NULL,
      stored_at INTEGER NOT NULL,
      body TEXT NOT NULL);
    CREATE INDEX events_by_subject ON events(subject, sequence);

    -- position: the last sequence that was looked at for new deliveries.
    CREATE TABLE consumers(
      name TEXT PRIMARY KEY,
      subjects TEXT NOT NULL,
      max_in_flight INTEGER NOT NULL,
      ack_wait INTEGER NOT NULL,
      position INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;

    -- What a consumer has in hand, or will get (again) when it is due. token: which handing-out it
    -- is, so that a late settlement of an earlier one changes nothing. in_hand: 0 it waits, 1 it is
    -- being handled, 2 it was when the process ended, and waits.
    CREATE TABLE deliveries(
      consumer TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      attempt INTEGER NOT NULL,
      due INTEGER NOT NULL,
      in_hand INTEGER NOT NULL,
      replay INTEGER NOT NULL,
      token TEXT NOT NULL DEFAULT '',
      PRIMARY KEY(consumer, sequence)) WITHOUT ROWID;
    CREATE INDEX deliveries_due ON deliveries(consumer, due);

    CREATE TABLE dead_letters(
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      tenant TEXT NOT NULL,
      recording_id TEXT NOT NULL,
      consumer TEXT NOT NULL,
      body TEXT NOT NULL,
      code TEXT NOT NULL,
      reason TEXT NOT NULL,
      attempts INTEGER NOT NULL,
      at INTEGER NOT NULL,
      provisional INTEGER NOT NULL);
    CREATE INDEX dead_letters_by_tenant ON dead_letters(tenant, number);
    CREATE INDEX dead_letters_by_recording ON dead_letters(recording_id);
  )sql"};
}

}  // namespace vang
