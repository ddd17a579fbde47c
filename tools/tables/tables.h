/* SPDX-License-Identifier: MIT */
/*
 * A program that makes the tables of docs/ from the module's: one file a kind of table, one
 * function a table, which prints it as Markdown.
 */
#ifndef TOOLS_TABLES_TABLES_H
#define TOOLS_TABLES_TABLES_H

void table_seamcall(void);
void table_tdcall(void);
void table_lifecycle(void);
void table_opstate(void);
void table_vcpustate(void);
void table_septstate(void);
void table_fields_sys(void);
void table_fields_td(void);
void table_fields_vp(void);
void table_cpuid(void);
void table_cpuid_xfam(void);
void table_msr(void);
void table_leaf_statuses(void);
void table_status(void);
void table_operand(void);

#endif
