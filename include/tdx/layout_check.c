/* SPDX-License-Identifier: MIT */
/* Pins every size and offset of the ABI structures. Compiled in each flavour; holds nothing else.
 */
#include <stddef.h>

#include <tdx/args.h>
#include <tdx/quote.h>
#include <tdx/report.h>
#include <tdx/tdvf.h>
#include <tdx/types.h>

#define SIZE(type, size) _Static_assert(sizeof(struct type) == (size), "size of " #type)
#define OFFSET(type, member, offset)                                                               \
	_Static_assert(offsetof(struct type, member) == (offset), "offset of " #type "." #member)

SIZE(tdx_module_args, 128);
OFFSET(tdx_module_args, rcx, 8);
OFFSET(tdx_module_args, rdx, 16);
OFFSET(tdx_module_args, rbx, 24);
OFFSET(tdx_module_args, rsi, 48);
OFFSET(tdx_module_args, rdi, 56);
OFFSET(tdx_module_args, r8, 64);
OFFSET(tdx_module_args, r15, 120);

SIZE(tdx_td_params, 1024);
OFFSET(tdx_td_params, max_vcpus, 16);
OFFSET(tdx_td_params, eptp_controls, 24);
OFFSET(tdx_td_params, config_flags, 32);
OFFSET(tdx_td_params, tsc_frequency, 40);
OFFSET(tdx_td_params, mrconfigid, 80);
OFFSET(tdx_td_params, mrowner, 128);
OFFSET(tdx_td_params, mrownerconfig, 176);
OFFSET(tdx_td_params, ia32_arch_capabilities_config, 224);
OFFSET(tdx_td_params, cpuid_values, 256);

SIZE(tdx_cmr_info, 16);

SIZE(tdx_tdmr_info, 320);
OFFSET(tdx_tdmr_info, pamt_1g_base, 16);
OFFSET(tdx_tdmr_info, pamt_4k_base, 48);
OFFSET(tdx_tdmr_info, reserved, 64);

SIZE(tdx_sysinfo, 1024);
OFFSET(tdx_sysinfo, minor_version, 14);
OFFSET(tdx_sysinfo, max_tdmrs, 32);
OFFSET(tdx_sysinfo, pamt_entry_size, 36);
OFFSET(tdx_sysinfo, tdcs_base_size, 48);
OFFSET(tdx_sysinfo, tdvps_base_size, 52);
OFFSET(tdx_sysinfo, attributes_fixed0, 64);
OFFSET(tdx_sysinfo, xfam_fixed1, 88);
OFFSET(tdx_sysinfo, num_cpuid_config, 128);
OFFSET(tdx_sysinfo, cpuid_config, 132);

SIZE(tdx_posted_interrupts, 64);
OFFSET(tdx_posted_interrupts, control, 32);

SIZE(tdx_report_mac, 256);
OFFSET(tdx_report_mac, cpusvn, 16);
OFFSET(tdx_report_mac, tee_tcb_info_hash, 32);
OFFSET(tdx_report_mac, tee_info_hash, 80);
OFFSET(tdx_report_mac, report_data, 128);
OFFSET(tdx_report_mac, mac, 224);

SIZE(tdx_tee_tcb_info, 240);
OFFSET(tdx_tee_tcb_info, tee_tcb_svn, 8);
OFFSET(tdx_tee_tcb_info, mrseam, 24);
OFFSET(tdx_tee_tcb_info, mrsignerseam, 72);
OFFSET(tdx_tee_tcb_info, attributes, 120);
OFFSET(tdx_tee_tcb_info, tee_tcb_svn2, 128);
OFFSET(tdx_tee_tcb_info, reserved, 144);
OFFSET(tdx_tee_tcb_info, pad, 239);

SIZE(tdx_td_info, 512);
OFFSET(tdx_td_info, mrtd, 16);
OFFSET(tdx_td_info, mrconfigid, 64);
OFFSET(tdx_td_info, mrowner, 112);
OFFSET(tdx_td_info, mrownerconfig, 160);
OFFSET(tdx_td_info, rtmr, 208);
OFFSET(tdx_td_info, servtd_hash, 400);
OFFSET(tdx_td_info, reserved, 448);

SIZE(tdx_report, 1024);
OFFSET(tdx_report, tcb, 256);
OFFSET(tdx_report, td, 512);

SIZE(tdvf_section, 32);
OFFSET(tdvf_section, memory_address, 8);
OFFSET(tdvf_section, type, 24);

SIZE(tdvf_descriptor, 16);
OFFSET(tdvf_descriptor, sections, 16);

SIZE(hob_header, 8);

SIZE(hob_handoff, 56);
OFFSET(hob_handoff, end_of_hob_list, 48);

SIZE(hob_resource, 48);
OFFSET(hob_resource, resource_type, 24);
OFFSET(hob_resource, start, 32);

SIZE(hob_guid_extension, 24);
OFFSET(hob_guid_extension, name, 8);

SIZE(tdx_quote_header, 24);
OFFSET(tdx_quote_header, status, 8);
OFFSET(tdx_quote_header, out_length, 20);
