-- Runs once, in a new data folder: the services' user, who is no superuser, and its database.
\set ON_ERROR_STOP on
\set password `cat /run/secrets/postgres`
CREATE ROLE vang LOGIN PASSWORD :'password';
CREATE DATABASE vang OWNER vang;
